package dev.millrace.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// [ClientLoad] by confluent-kafka (librdkafka): `clients/confluent-kafka/load.py`.
final class RdkafkaLoad implements ClientLoad {
    private static final int PATIENCE_SECONDS = 240;

    private final Process process;
    private final Thread reader;
    private volatile long through;
    private volatile @Nullable String last;

    private RdkafkaLoad(Process process) {
        this.process = process;
        this.reader = Thread.ofPlatform().name("load of librdkafka").start(this::listen);
    }

    /// @param settings of the client, beyond its defaults
    static RdkafkaLoad start(String bootstrap, String topic, Map<String, String> settings) {
        List<String> words = new ArrayList<>(List.of("/usr/bin/python3"));
        words.add(Repository.COMPAT.resolve("clients/confluent-kafka/load.py").toString());
        words.addAll(List.of("bootstrap=" + bootstrap, "topic=" + topic, "group=" + topic));
        settings.forEach((key, value) -> words.add(key + "=" + value));
        try {
            return new RdkafkaLoad(
                    new ProcessBuilder(words)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("at")) {
                    through = Math.min(Long.parseLong(words[1]), Long.parseLong(words[2]));
                } else {
                    last = line;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "rdkafka";
    }

    @Override
    public long through() {
        return through;
    }

    @Override
    public Outcome finish() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            reader.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        String line = last;
        if (line == null) throw new AssertionError("load.py ended without a result");
        JsonNode json = JsonMapper.shared().readTree(line);
        List<String> errors = new ArrayList<>();
        json.path("errors").forEach(each -> errors.add(each.asString()));
        return new Outcome(
                numbers(json.path("acknowledged")),
                numbers(json.path("read")),
                errors,
                json.path("again").asLong(),
                json.path("gapMs").asLong());
    }

    private static List<Long> numbers(JsonNode json) {
        List<Long> numbers = new ArrayList<>();
        json.forEach(each -> numbers.add(each.asLong()));
        return numbers;
    }
}
