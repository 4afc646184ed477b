package dev.millrace.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Apache Kafka as published on Maven Central, started as its own `kafka-server-start.sh` does.
///
/// In Kafka's favour: its storage is formatted before the clock starts, its log goes to one file without a GC log, and
/// no JMX agent is loaded.
public final class KafkaPeer implements Peer {
    private static final List<String> JVM =
            List.of(
                    "-Xmx1G",
                    "-Xms1G",
                    "-server",
                    "-XX:+UseG1GC",
                    "-XX:MaxGCPauseMillis=20",
                    "-XX:InitiatingHeapOccupancyPercent=35",
                    "-XX:+ExplicitGCInvokesConcurrent",
                    "-Djava.awt.headless=true");
    private static final long FORMAT_TIMEOUT_S = 60;

    private final String name;
    private final Path jars;
    private final Map<String, String> environment;

    /// @param jars the directory with the broker's jars and nothing else
    /// @param environment added to the process's own, for a profile
    public KafkaPeer(String name, Path jars, Map<String, String> environment) {
        this.name = name;
        this.jars = jars;
        this.environment = Map.copyOf(environment);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String describe() {
        return "Apache Kafka "
                + version()
                + ", java "
                + String.join(" ", JVM.subList(0, JVM.size() - 1));
    }

    @Override
    public Dialect dialect() {
        return Dialect.KAFKA;
    }

    @Override
    public List<Path> program() {
        return List.of(jars);
    }

    @Override
    public Running start(Path directory, List<Integer> ports)
            throws IOException, InterruptedException {
        List<Path> configs = ServerProperties.write(directory, ports);
        Path logging = directory.resolve("log4j2.properties");
        Files.writeString(
                logging,
                """
                appender.console.type=Console
                appender.console.name=console
                appender.console.layout.type=PatternLayout
                appender.console.layout.pattern=[%d] %p %m (%c)%n
                rootLogger.level=INFO
                rootLogger.appenderRef.console.ref=console
                """);
        for (Path config : configs) {
            format(config, logging);
        }
        List<Node> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < ports.size(); i++) {
                Path config = configs.get(i);
                Path own = config.resolveSibling("");
                List<String> command = java(JVM, logging, "kafka.Kafka", config.toString());
                nodes.add(Node.exec(name, command, environment, own, own, ports.get(i)));
            }
            Running running = new Running(this, nodes);
            running.awaitReady();
            return running;
        } catch (IOException | InterruptedException e) {
            nodes.forEach(Node::kill);
            throw e;
        }
    }

    private void format(Path config, Path logging) throws IOException, InterruptedException {
        Path output = config.resolveSibling("format.log");
        List<String> command =
                java(
                        List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                        logging,
                        "kafka.tools.StorageTool",
                        "format",
                        "--cluster-id",
                        "YmVuY2gtY2x1c3Rlci0wMQ",
                        "--config",
                        config.toString());
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        if (!process.waitFor(FORMAT_TIMEOUT_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("formatting Kafka's storage took more than 60 s");
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    "formatting Kafka's storage failed: " + Files.readString(output).strip());
        }
    }

    private List<String> java(
            List<String> jvm, Path logging, String mainClass, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("-Dlog4j2.configurationFile=" + logging);
        command.addAll(List.of("-cp", jars + "/*", mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /// From the jar's name, so that the report says what ran.
    private String version() {
        try (var files = Files.newDirectoryStream(jars, "kafka_2.13-*.jar")) {
            for (Path jar : files) {
                String file = jar.getFileName().toString();
                return file.substring("kafka_2.13-".length(), file.length() - ".jar".length());
            }
        } catch (IOException e) {
            return "(no jars in " + jars + ")";
        }
        return "(no jars in " + jars + ")";
    }
}
