import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The Java client. Compiled once, against the oldest version, and run with each: what a user's jar of 2018 does.
 * It has no library but the client, so it reads and writes the little JSON of its own that a scenario needs.
 */
public final class Driver {
    private static final int PATIENCE_S = 60;
    private static final int LONGEST_SHOWN = 256;

    private final String bootstrap;

    private Driver(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    public static void main(String[] args) throws Exception {
        Map<String, Object> scenario = Json.object(new Json(read(args[0])).value());
        Driver driver = new Driver((String) scenario.get("bootstrap"));
        List<String> results = new ArrayList<>();
        for (Object step : (List<?>) scenario.get("steps")) {
            try {
                results.add(driver.play(Json.object(step)));
            } catch (Exception e) {
                e.printStackTrace();
                results.add("{\"error\": " + Json.quoted(e + ": " + e.getCause()) + "}");
                break;
            }
        }
        System.out.println("{\"steps\": [" + String.join(", ", results) + "]}");
        System.out.flush();
        System.exit(0);
    }

    private static String read(String file) throws IOException {
        return new String(Files.readAllBytes(Paths.get(file)), "UTF-8");
    }

    private String play(Map<String, Object> step) throws Exception {
        switch ((String) step.get("do")) {
            case "create":
                return create(step);
            case "produce":
                return produce(step);
            case "consume":
                return consume(step);
            default:
                throw new IllegalArgumentException("unknown step " + step.get("do"));
        }
    }

    private String create(Map<String, Object> step) throws Exception {
        try (AdminClient admin = AdminClient.create(config())) {
            NewTopic topic = new NewTopic((String) step.get("topic"), integer(step.get("partitions")), (short) 1);
            admin.createTopics(Collections.singleton(topic)).all().get(PATIENCE_S, TimeUnit.SECONDS);
        }
        return "{\"ok\": true}";
    }

    private String produce(Map<String, Object> step) throws Exception {
        Map<String, Object> config = config();
        config.put("acks", step.get("acks"));
        config.put("compression.type", step.get("compression"));
        config.put("max.request.size", 2 * 1024 * 1024);
        if (!"all".equals(step.get("acks"))) config.put("enable.idempotence", false);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (Object item : (List<?>) step.get("records")) sent.add(producer.send(given((String) step.get("topic"), Json.object(item))));
            producer.flush();
            for (Future<RecordMetadata> one : sent) one.get(PATIENCE_S, TimeUnit.SECONDS);
        }
        return "{\"ok\": true}";
    }

    private static ProducerRecord<byte[], byte[]> given(String topic, Map<String, Object> record) {
        ProducerRecord<byte[], byte[]> given =
                new ProducerRecord<>(
                        topic,
                        integer(record.get("partition")),
                        (Long) record.get("timestamp"),
                        bytes(record.get("key")),
                        bytes(record.get("value")));
        for (Object header : (List<?>) record.get("headers")) {
            given.headers().add((String) ((List<?>) header).get(0), bytes(((List<?>) header).get(1)));
        }
        return given;
    }

    private String consume(Map<String, Object> step) throws Exception {
        String topic = (String) step.get("topic");
        Map<String, Object> config = config();
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", false);
        config.put("fetch.max.wait.ms", 100); // a consumer that closes waits for its last fetch
        boolean byGroup = "group".equals(step.get("by"));
        if (byGroup) config.put("group.id", step.get("group"));
        List<String> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            if (byGroup) {
                consumer.subscribe(Collections.singleton(topic));
            } else {
                assign(consumer, topic, (List<?>) step.get("partitions"), step.get("from"));
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
            while (records.size() < integer(step.get("count")) && System.nanoTime() < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) records.add(seen(record));
            }
            if (byGroup) consumer.commitSync();
        }
        return "{\"records\": [" + String.join(", ", records) + "]}";
    }

    private static void assign(KafkaConsumer<byte[], byte[]> consumer, String topic, List<?> numbers, Object from) {
        Map<TopicPartition, Long> partitions = new HashMap<>();
        for (Object number : numbers) {
            partitions.put(new TopicPartition(topic, integer(number)), from instanceof Long ? (Long) from : -1L);
        }
        Collection<TopicPartition> assigned = partitions.keySet();
        consumer.assign(assigned);
        if (!(from instanceof Long)) {
            consumer.seekToBeginning(assigned);
            return;
        }
        for (Map.Entry<TopicPartition, OffsetAndTimestamp> found : consumer.offsetsForTimes(partitions).entrySet()) {
            if (found.getValue() == null) {
                consumer.seekToEnd(Collections.singleton(found.getKey()));
            } else {
                consumer.seek(found.getKey(), found.getValue().offset());
            }
        }
    }

    private static String seen(ConsumerRecord<byte[], byte[]> record) throws Exception {
        List<String> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add("[" + Json.quoted(header.key()) + ", " + seen(header.value()) + "]");
        }
        return "{\"partition\": " + record.partition()
                + ", \"offset\": " + record.offset()
                + ", \"timestamp\": " + record.timestamp()
                + ", \"key\": " + seen(record.key())
                + ", \"value\": " + seen(record.value())
                + ", \"headers\": [" + String.join(", ", headers) + "]}";
    }

    /** Bytes for the results: as they are when short, by their digest when long. */
    private static String seen(byte[] bytes) throws Exception {
        if (bytes == null) return "null";
        if (bytes.length <= LONGEST_SHOWN) return "\"" + Base64.getEncoder().encodeToString(bytes) + "\"";
        StringBuilder digest = new StringBuilder();
        for (byte b : MessageDigest.getInstance("SHA-256").digest(bytes)) digest.append(String.format("%02x", b));
        return "\"sha256:" + bytes.length + ":" + digest + "\"";
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        return config;
    }

    private static byte[] bytes(Object base64) {
        return base64 == null ? null : Base64.getDecoder().decode((String) base64);
    }

    private static int integer(Object number) {
        return ((Long) number).intValue();
    }

    /** Objects, arrays, strings, whole numbers and null: what scenarios are made of. */
    private static final class Json {
        private final String text;
        private int at;

        Json(String text) {
            this.text = text;
        }

        @SuppressWarnings("unchecked")
        static Map<String, Object> object(Object value) {
            return (Map<String, Object>) value;
        }

        static String quoted(String text) {
            StringBuilder out = new StringBuilder("\"");
            for (char c : text.toCharArray()) {
                if (c == '"' || c == '\\' || c < ' ') {
                    out.append(String.format("\\u%04x", (int) c));
                } else {
                    out.append(c);
                }
            }
            return out.append('"').toString();
        }

        Object value() {
            switch (next()) {
                case '{':
                    return object();
                case '[':
                    return array();
                case '"':
                    return string();
                case 'n':
                    at += "null".length();
                    return null;
                default:
                    int begin = at;
                    while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) at++;
                    return Long.valueOf(text.substring(begin, at));
            }
        }

        private char next() {
            while (Character.isWhitespace(text.charAt(at))) at++;
            return text.charAt(at);
        }

        /** Steps over a separator or the end: true while there is more. */
        private boolean more(char end) {
            char c = next();
            if (c == ',') {
                at++;
                return true;
            }
            if (c != end) return true;
            at++;
            return false;
        }

        private Map<String, Object> object() {
            Map<String, Object> object = new HashMap<>();
            at++;
            while (more('}')) {
                next();
                String name = string();
                next();
                at++;
                object.put(name, value());
            }
            return object;
        }

        private List<Object> array() {
            List<Object> array = new ArrayList<>();
            at++;
            while (more(']')) array.add(value());
            return array;
        }

        private String string() {
            StringBuilder out = new StringBuilder();
            at++;
            while (text.charAt(at) != '"') {
                char c = text.charAt(at++);
                if (c != '\\') {
                    out.append(c);
                    continue;
                }
                char escaped = text.charAt(at++);
                if (escaped == 'u') {
                    out.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                } else {
                    out.append(escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped);
                }
            }
            at++;
            return out.toString();
        }
    }
}
