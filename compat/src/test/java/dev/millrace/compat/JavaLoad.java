package dev.millrace.compat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/// [ClientLoad] by Kafka's Java client, with its default settings: acks=all, idempotent.
final class JavaLoad implements ClientLoad {
    private static final int MOST_PARTITIONS = 64;
    private static final int MOST_IN_FLIGHT = 500;
    private static final Duration PACE = Duration.ofMillis(4);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final String topic;
    private final KafkaProducer<String, Long> producer;
    private final KafkaConsumer<String, Long> consumer;
    private final AtomicLongArray acknowledged = new AtomicLongArray(MOST_PARTITIONS);
    private final AtomicLongArray read = new AtomicLongArray(MOST_PARTITIONS);
    private final Semaphore inFlight = new Semaphore(MOST_IN_FLIGHT);
    private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
    private final Thread sender;
    private final Thread reader;
    private volatile boolean finishing;
    private volatile boolean done;
    private volatile int partitions;

    // Of the producer's own thread, which calls back.
    private long lastNanos;
    private final AtomicLong longestNanos = new AtomicLong();

    // Of the reader.
    private final AtomicLong again = new AtomicLong();

    private JavaLoad(String topic, Map<String, Object> producing, Map<String, Object> consuming) {
        this.topic = topic;
        this.producer =
                new KafkaProducer<>(producing, new StringSerializer(), new LongSerializer());
        this.consumer =
                new KafkaConsumer<>(consuming, new StringDeserializer(), new LongDeserializer());
        this.sender = Thread.ofPlatform().name("sender").start(() -> guarded(this::send));
        this.reader = Thread.ofPlatform().name("reader").start(() -> guarded(this::read));
    }

    /// @param settings of producer and consumer, beyond their defaults
    static JavaLoad start(String bootstrap, String topic, Map<String, String> settings) {
        Map<String, Object> producing = new HashMap<>(settings);
        producing.put("bootstrap.servers", bootstrap);
        Map<String, Object> consuming = new HashMap<>(producing);
        consuming.put("group.id", topic);
        consuming.put("auto.offset.reset", "earliest");
        return new JavaLoad(topic, producing, consuming);
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) { // the rim of this thread: it is what the application sees
            errors.add(Thread.currentThread().getName() + ": " + e);
        }
    }

    private void send() {
        long[] sent = new long[MOST_PARTITIONS];
        long nextLook = System.nanoTime();
        while (!finishing) {
            if (System.nanoTime() - nextLook >= 0) {
                partitions = producer.partitionsFor(topic).size();
                nextLook = System.nanoTime() + LOOK.toNanos();
            }
            for (int partition = 0; partition < partitions; partition++) {
                int target = partition;
                inFlight.acquireUninterruptibly();
                var _ =
                        producer.send(
                                new ProducerRecord<>(topic, target, name(), sent[target]++),
                                (_, problem) -> acknowledge(target, problem));
            }
            LockSupport.parkNanos(PACE.toNanos());
        }
        producer.flush();
    }

    private void acknowledge(int partition, @Nullable Exception problem) {
        long now = System.nanoTime();
        if (problem == null) {
            acknowledged.incrementAndGet(partition);
            long gap = lastNanos == 0 ? 0 : now - lastNanos;
            longestNanos.accumulateAndGet(gap, Math::max);
            lastNanos = now;
        } else {
            errors.add("not delivered: " + problem);
        }
        inFlight.release();
    }

    private void read() {
        consumer.subscribe(List.of(topic));
        while (!done) {
            for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(100))) {
                long next = read.get(record.partition());
                if (record.value() < next) {
                    again.incrementAndGet();
                    continue;
                }
                if (record.value() > next) {
                    errors.add(record.partition() + ": " + record.value() + " after " + (next - 1));
                }
                read.set(record.partition(), record.value() + 1);
            }
        }
        consumer.close();
    }

    @Override
    public String name() {
        return "java";
    }

    @Override
    public long through() {
        return Math.min(sum(acknowledged), sum(read));
    }

    private static long sum(AtomicLongArray numbers) {
        return LongStream.of(list(numbers, MOST_PARTITIONS).stream().mapToLong(n -> n).toArray())
                .sum();
    }

    private static List<Long> list(AtomicLongArray numbers, int count) {
        List<Long> list = new ArrayList<>();
        for (int i = 0; i < count; i++) list.add(numbers.get(i));
        return list;
    }

    /// The longest time between two acknowledgements since this was asked last, in milliseconds.
    long forgetGap() {
        return Duration.ofNanos(longestNanos.getAndSet(0)).toMillis();
    }

    @Override
    public Outcome finish() {
        try {
            finishing = true;
            sender.join(PATIENCE.toMillis());
            producer.close(PATIENCE);
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!list(acknowledged, partitions).equals(list(read, partitions))
                    && System.nanoTime() - end < 0) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
            done = true;
            reader.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return new Outcome(
                list(acknowledged, partitions),
                list(read, partitions),
                List.copyOf(errors),
                again.get(),
                Duration.ofNanos(longestNanos.get()).toMillis());
    }
}
