package dev.millrace.compat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A client with the protocol and assignor by which it takes part in a group.
enum MemberKind {
    KAFKAJS("kafkajs", "classic", "range"),
    KAFKA_PYTHON("kafka-python", "classic", "range"),
    CONFLUENT_KAFKA("confluent-kafka", "classic", "range"),
    PLATFORMATIC("platformatic", "classic", "range"),
    JAVA_2_1_1("2.1.1", "classic", "RangeAssignor"),
    JAVA_2_8_2_COOPERATIVE("2.8.2", "classic", "CooperativeStickyAssignor"),
    JAVA_RANGE("4.4.0", "classic", "RangeAssignor"),
    JAVA_COOPERATIVE("4.4.0", "classic", "CooperativeStickyAssignor"),
    JAVA_CONSUMER("4.4.0", "consumer", "uniform"),
    JAVA_CONSUMER_RANGE("4.4.0", "consumer", "range");

    private final String client;
    private final String protocol;
    private final String assignor;

    MemberKind(String client, String protocol, String assignor) {
        this.client = client;
        this.protocol = protocol;
        this.assignor = assignor;
    }

    boolean speaksConsumerProtocol() {
        return protocol.equals("consumer");
    }

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The words that start a process of it, but for what the group says.
    List<String> command() {
        List<String> words =
                new ArrayList<>(
                        switch (this) {
                            case KAFKAJS, PLATFORMATIC -> List.of("node", program("member.mjs"));
                            case KAFKA_PYTHON, CONFLUENT_KAFKA ->
                                    List.of("/usr/bin/python3", program("member.py"));
                            default -> java();
                        });
        words.add("protocol=" + protocol);
        words.add("assignor=" + assignor);
        return words;
    }

    private String program(String file) {
        return Repository.COMPAT.resolve("clients").resolve(client).resolve(file).toString();
    }

    private List<String> java() {
        Path built = Repository.COMPAT.resolve("target/java-clients");
        try {
            String classPath = Files.readString(built.resolve(client + ".classpath"), UTF_8).trim();
            return List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx96m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    built.resolve("classes") + ":" + classPath,
                    "Member");
        } catch (IOException e) {
            throw new IllegalStateException("run compat/install-clients.sh first", e);
        }
    }
}
