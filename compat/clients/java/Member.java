import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Members of one group, a thread each, that tell what happens to them (compat/README.md, "Members"). Compiled once, against
 * the oldest version of the client, and run with each.
 */
public final class Member implements Runnable, ConsumerRebalanceListener {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int PAUSE_AFTER_FAILURE_MS = 500;
    private static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), false);

    private static volatile boolean leaving;

    private final String name;
    private final Map<String, String> options;
    private final Set<Integer> owned = new TreeSet<>();
    /** Read, and not committed yet. */
    private final Map<TopicPartition, OffsetAndMetadata> pending = new HashMap<>();

    private KafkaConsumer<byte[], byte[]> consumer;

    private Member(String name, Map<String, String> options) {
        this.name = name;
        this.options = options;
    }

    public static void main(String[] words) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (String word : words) options.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
        List<Thread> threads = new ArrayList<>();
        for (String name : options.get("members").split(",")) {
            Thread thread = new Thread(new Member(name, options), name);
            thread.start();
            threads.add(thread);
        }
        while (System.in.read() >= 0) {
            // nothing is said: the end of the input is the word to leave
        }
        leaving = true;
        for (Thread thread : threads) thread.join();
        System.exit(0);
    }

    @Override
    public void run() {
        while (!leaving) {
            consumer = new KafkaConsumer<>(config(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
            try {
                consumer.subscribe(Collections.singleton(options.get("topic")), this);
                while (!leaving) turn();
                consumer.close(Duration.ofSeconds(10));
            } catch (Exception e) {
                e.printStackTrace();
                tell("failed", ",\"error\":\"" + e.toString().replaceAll("[^ -~]|[\"\\\\]", " ") + "\"");
                begone("lost", owned);
                consumer.close(Duration.ZERO);
                pause();
            }
        }
        told("left", "", -1, "");
    }

    private void turn() {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> some = records.records(partition);
            read(partition.partition(), some);
            pending.put(partition, new OffsetAndMetadata(some.get(some.size() - 1).offset() + 1));
        }
        commit(pending.keySet());
    }

    private void read(int partition, List<ConsumerRecord<byte[], byte[]>> records) {
        long from = records.get(0).offset();
        long last = from - 1;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.offset() != last + 1) {
                tellRead(partition, from, last);
                from = record.offset();
            }
            last = record.offset();
        }
        tellRead(partition, from, last);
    }

    private void tellRead(int partition, long from, long last) {
        tell("read", ",\"partition\":" + partition + ",\"from\":" + from + ",\"last\":" + last);
    }

    private void commit(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(pending);
        offsets.keySet().retainAll(new HashSet<>(partitions));
        if (offsets.isEmpty()) return;
        tell("committing", offsets(offsets));
        try {
            consumer.commitSync(offsets);
            tell("committed", offsets(offsets));
            pending.keySet().removeAll(offsets.keySet());
        } catch (RuntimeException e) {
            tell("refused", ",\"error\":\"" + e.getClass().getSimpleName() + "\"");
        }
    }

    private static String offsets(Map<TopicPartition, OffsetAndMetadata> offsets) {
        Map<Integer, Long> byNumber = new TreeMap<>();
        offsets.forEach((partition, offset) -> byNumber.put(partition.partition(), offset.offset()));
        StringBuilder text = new StringBuilder();
        byNumber.forEach((partition, offset) -> text.append(text.length() == 0 ? "" : ",").append("\"" + partition + "\":" + offset));
        return ",\"offsets\":{" + text + "}";
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        Set<Integer> numbers = numbers(partitions);
        owned.addAll(numbers);
        tell("assigned", ",\"partitions\":" + numbers);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        commit(partitions);
        begone("revoked", numbers(partitions));
    }

    /** Called by clients from 2.4 on. */
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        begone("lost", numbers(partitions));
    }

    private void begone(String event, Collection<Integer> partitions) {
        Set<Integer> gone = new TreeSet<>(partitions);
        owned.removeAll(gone);
        pending.keySet().removeIf(partition -> gone.contains(partition.partition()));
        tell(event, ",\"partitions\":" + gone);
    }

    private static Set<Integer> numbers(Collection<TopicPartition> partitions) {
        Set<Integer> numbers = new TreeSet<>();
        for (TopicPartition partition : partitions) numbers.add(partition.partition());
        return numbers;
    }

    /** One line, in one write. */
    private void tell(String event, String more) {
        Object[] identity = identity();
        told(event, identity[0], identity[1], more);
    }

    private void told(String event, Object id, Object epoch, String more) {
        String line =
                "{\"at\":" + System.currentTimeMillis() + ",\"member\":\"" + name + "\",\"event\":\"" + event + "\",\"id\":\"" + id
                        + "\",\"epoch\":" + epoch + more + "}\n";
        synchronized (OUT) {
            OUT.print(line);
            OUT.flush();
        }
    }

    /** The member's id, and its generation or epoch: what clients show of it from 2.5 on, and what older ones keep to themselves. */
    private Object[] identity() {
        try {
            Object metadata;
            try {
                metadata = consumer.getClass().getMethod("groupMetadata").invoke(consumer);
            } catch (NoSuchMethodException e) {
                Object generation = field(field(consumer, "coordinator"), "generation");
                return new Object[] {field(generation, "memberId"), field(generation, "generationId")};
            }
            return new Object[] {
                metadata.getClass().getMethod("memberId").invoke(metadata), metadata.getClass().getMethod("generationId").invoke(metadata)
            };
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object field(Object of, String name) throws ReflectiveOperationException {
        for (Class<?> type = of.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!field.getName().equals(name)) continue;
                field.setAccessible(true);
                return field.get(of);
            }
        }
        throw new NoSuchFieldException(name);
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", options.get("bootstrap"));
        config.put("group.id", options.get("group"));
        config.put("client.id", name);
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", false);
        config.put("max.poll.interval.ms", options.get("rebalance"));
        config.put("fetch.max.wait.ms", 500);
        if ("consumer".equals(options.get("protocol"))) {
            config.put("group.protocol", "consumer");
            if (options.containsKey("assignor")) config.put("group.remote.assignor", options.get("assignor"));
        } else {
            config.put("session.timeout.ms", options.get("session"));
            config.put("heartbeat.interval.ms", options.get("heartbeat"));
            config.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer." + options.get("assignor"));
        }
        return config;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_AFTER_FAILURE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
