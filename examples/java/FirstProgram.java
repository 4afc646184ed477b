import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// The official Java client: creates a topic, produces to it, and reads it back in a group. `run.sh` starts it.
public class FirstProgram {
    static final String TOPIC = "java-events";
    static final Map<String, Object> SERVERS =
            Map.of("bootstrap.servers", Optional.ofNullable(System.getenv("BOOTSTRAP")).orElse("localhost:9092"));

    public static void main(String[] args) throws Exception {
        createTopic();
        produce(5);
        consume(5);
    }

    static void createTopic() throws Exception {
        try (var admin = Admin.create(SERVERS)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 3, (short) 1))).all().get();
            System.out.println("created " + TOPIC);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) throw e;
            System.out.println(TOPIC + " is there already");
        }
    }

    static void produce(int count) {
        try (var producer = new KafkaProducer<>(SERVERS, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                producer.send(
                        new ProducerRecord<>(TOPIC, "key-" + i, "value-" + i),
                        (metadata, error) -> System.out.println(error == null ? "sent to " + metadata : "not sent: " + error));
            }
        } // close() waits until all is sent
    }

    static void consume(int count) {
        Map<String, Object> config = new java.util.HashMap<>(SERVERS);
        config.put("group.id", "java-example");
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            int read = 0;
            while (read < count) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    System.out.printf(
                            "%s-%d@%d %s: %s%n",
                            record.topic(), record.partition(), record.offset(), record.key(), record.value());
                    read++;
                }
            }
            consumer.commitSync();
            System.out.println("read " + read + " records");
        }
    }
}
