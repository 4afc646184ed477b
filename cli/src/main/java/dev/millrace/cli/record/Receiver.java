package dev.millrace.cli.record;

import dev.millrace.cli.Terminal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;

/// Reads records and prints them until a limit, a pause, the end of the log, a closed output or Ctrl-C.
///
/// **Owner.** The thread that calls [#run]; [#stop] may come from any thread.
/// Output is flushed after every poll: a record is on the screen before we wait for the next.
public final class Receiver {
    private static final Duration POLL = Duration.ofMillis(500);

    private final Consumer<byte[], byte[]> consumer;
    private final Printer printer;
    private final Terminal terminal;
    private final Limits limits;
    private final CountDownLatch finished = new CountDownLatch(1);
    private final CountDownLatch stopping = new CountDownLatch(1);
    private long received;

    /// When to stop.
    ///
    /// @param records after so many; negative for no limit
    /// @param idleMs after so long without a record; negative to wait for ever
    /// @param ends where each partition ends for us (exclusive offsets); empty to follow the log
    /// @param skipErrors go on after a record that cannot be printed
    public record Limits(
            long records, long idleMs, Map<TopicPartition, Long> ends, boolean skipErrors) {
        /// No limit at all.
        public static Limits none() {
            return new Limits(-1, -1, Map.of(), false);
        }
    }

    /// Called when a poll has brought nothing, to look for partitions that were added meanwhile.
    @FunctionalInterface
    public interface Idle {
        /// Runs on the receiving thread.
        void poll();

        /// No partition is there yet. A consumer without any is not to be polled: it would throw.
        default boolean waiting() {
            return false;
        }
    }

    /// @param consumer assigned or subscribed already; closed by the caller
    public Receiver(
            Consumer<byte[], byte[]> consumer, Printer printer, Terminal terminal, Limits limits) {
        this.consumer = consumer;
        this.printer = printer;
        this.terminal = terminal;
        this.limits = limits;
    }

    /// How many records were taken, those skipped included.
    public long received() {
        return received;
    }

    /// Ends [#run] soon, from any thread.
    public void stop() {
        stopping.countDown();
        consumer.wakeup();
    }

    /// Lets Ctrl-C end the run, and waits until the caller has said [#closed], for at most three seconds.
    public void stopOnExit() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "stop-consumer"));
    }

    private void stopAndWait() {
        stop();
        try {
            if (!finished.await(3, TimeUnit.SECONDS)) {
                terminal.err().println("the consumer did not stop in time");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// The consumer is closed and everything is printed.
    public void closed() {
        finished.countDown();
    }

    /// Runs until one of the limits.
    public void run(Idle idle) {
        long quietSinceNs = System.nanoTime();
        while (stopping.getCount() > 0 && !reachedLimit() && !reachedEnds()) {
            var records = idle.waiting() ? pause() : poll();
            if (!records.isEmpty()) {
                take(records);
                quietSinceNs = System.nanoTime();
            } else {
                idle.poll();
            }
            terminal.out().flush();
            if (terminal.readerGone() || tooQuiet(quietSinceNs)) {
                return;
            }
        }
    }

    private boolean tooQuiet(long quietSinceNs) {
        return limits.idleMs() >= 0
                && System.nanoTime() - quietSinceNs >= limits.idleMs() * 1_000_000L;
    }

    private long waitMs() {
        return limits.idleMs() < 0
                ? POLL.toMillis()
                : Math.clamp(limits.idleMs(), 1, POLL.toMillis());
    }

    private ConsumerRecords<byte[], byte[]> pause() {
        try {
            stopping.await(waitMs(), TimeUnit.MILLISECONDS);
            return ConsumerRecords.empty();
        } catch (InterruptedException interrupted) {
            throw new InterruptException(interrupted);
        }
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            return consumer.poll(Duration.ofMillis(waitMs()));
        } catch (WakeupException stopped) {
            return ConsumerRecords.empty();
        }
    }

    private boolean reachedLimit() {
        return limits.records() >= 0 && received >= limits.records();
    }

    /// Every partition that has an end is there: positions tell, since a log may end in records that are never shown.
    private boolean reachedEnds() {
        if (limits.ends().isEmpty()) {
            return false;
        }
        var assigned = consumer.assignment();
        for (var end : limits.ends().entrySet()) {
            if (assigned.contains(end.getKey())
                    && consumer.position(end.getKey()) < end.getValue()) {
                return false;
            }
        }
        return true;
    }

    private void take(ConsumerRecords<byte[], byte[]> records) {
        for (TopicPartition partition : records.partitions()) {
            long end = limits.ends().getOrDefault(partition, Long.MAX_VALUE);
            for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                if (reachedLimit()) {
                    // What was fetched but not shown is not consumed: a group must find it next
                    // time.
                    consumer.seek(partition, record.offset());
                    break;
                }
                if (record.offset() >= end) {
                    break;
                }
                print(record);
            }
        }
    }

    private void print(ConsumerRecord<byte[], byte[]> record) {
        received++;
        try {
            printer.print(record, terminal.out());
        } catch (RuntimeException unreadable) {
            if (!limits.skipErrors()) {
                throw unreadable;
            }
            terminal.out().flush();
            terminal.err()
                    .println(
                            "skipped "
                                    + record.topic()
                                    + "-"
                                    + record.partition()
                                    + " offset "
                                    + record.offset()
                                    + ": "
                                    + unreadable.getMessage());
        }
    }

    /// Partitions of topics, as the cluster knows them now; empty for a topic that is not there yet.
    public static List<TopicPartition> partitions(
            Consumer<?, ?> consumer, Collection<String> topics) {
        var partitions = new ArrayList<TopicPartition>();
        for (String topic : topics) {
            var infos = consumer.partitionsFor(topic);
            if (infos != null) {
                infos.forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            }
        }
        return partitions;
    }

    /// Adds partitions to the assignment.
    ///
    /// @return those that were new
    public static List<TopicPartition> assignAlso(
            Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        var all = new HashSet<>(consumer.assignment());
        var added = partitions.stream().filter(all::add).toList();
        if (!added.isEmpty()) {
            consumer.assign(all);
        }
        return added;
    }
}
