package dev.millrace.simulator.official;

import dev.millrace.simulator.checker.Operation.Access.Sent;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.LongSerializer;

/// An idempotent producer with acks=all that keeps records on their way, and never knows less than its client does: what is not
/// acknowledged may be there.
public final class SendingWriter implements Runnable {
    /// Records on their way; at the bound it waits for one to arrive.
    private static final int MOST_ON_THE_WAY = 200;

    /// The longest pause between two records.
    private static final int PAUSE_MICROS = 8_000;

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final Recorder recorder;
    private final Tally tally;
    private final SplittableRandom random;
    private volatile boolean stopped;
    private final AtomicLong acknowledged = new AtomicLong();

    public SendingWriter(
            String bootstrap,
            String topic,
            int partitions,
            Recorder recorder,
            Tally tally,
            long seed) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        this.recorder = recorder;
        this.tally = tally;
        this.random = new SplittableRandom(seed);
    }

    public void stop() {
        stopped = true;
    }

    /// Records of this one that were acknowledged.
    public long acknowledged() {
        return acknowledged.get();
    }

    @Override
    public void run() {
        while (!stopped) {
            try (var producer = producer()) {
                new Life(producer, recorder.newProcess()).live();
            } catch (InterruptException e) {
                return;
            } catch (KafkaException e) {
                tally.errors.incrementAndGet(); // the next life begins with a new producer
            }
        }
    }

    private KafkaProducer<Long, Long> producer() {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("acks", "all");
        config.put("enable.idempotence", true);
        config.put("linger.ms", 2);
        config.put("request.timeout.ms", 3_000);
        config.put("delivery.timeout.ms", 15_000);
        config.put("max.block.ms", 10_000);
        config.put("reconnect.backoff.max.ms", 200);
        return new KafkaProducer<>(config, new LongSerializer(), new LongSerializer());
    }

    /// One producer from its start to its end.
    private final class Life {
        private final KafkaProducer<Long, Long> producer;
        private final int process;
        private final Semaphore room = new Semaphore(MOST_ON_THE_WAY);
        private volatile boolean broken;

        Life(KafkaProducer<Long, Long> producer, int process) {
            this.producer = producer;
            this.process = process;
        }

        void live() {
            while (!stopped && !broken) {
                try {
                    if (room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                        send();
                        LockSupport.parkNanos(random.nextInt(PAUSE_MICROS) * 1_000L);
                    }
                } catch (InterruptedException e) {
                    throw new InterruptException(e);
                }
            }
            if (broken) {
                producer.close(Duration.ZERO);
            }
        }

        private void send() {
            var partition = new TopicPartition(topic, random.nextInt(partitions));
            long value = recorder.newValue();
            var operation = recorder.begin(process, Kind.SEND);
            try {
                // What comes of it is told to the callback.
                var _ =
                        producer.send(
                                new ProducerRecord<>(topic, partition.partition(), null, value),
                                (metadata, failure) -> {
                                    long at = failure == null ? metadata.offset() : -1;
                                    operation.touched(new Sent(partition, value, at));
                                    operation.ended(failure == null ? Outcome.OK : Outcome.UNKNOWN);
                                    room.release();
                                    heard(failure == null, failure instanceof TimeoutException);
                                });
            } catch (KafkaException e) {
                operation.touched(new Sent(partition, value, -1));
                operation.ended(Outcome.UNKNOWN);
                throw e;
            }
        }

        private void heard(boolean sound, boolean late) {
            if (sound) {
                acknowledged.incrementAndGet();
                tally.acknowledged.incrementAndGet();
            } else {
                tally.errors.incrementAndGet();
                if (!late) {
                    broken = true;
                }
            }
        }
    }
}
