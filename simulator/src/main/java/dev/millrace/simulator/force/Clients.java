package dev.millrace.simulator.force;

import dev.millrace.simulator.checker.Recorder;
import dev.millrace.simulator.official.RecordingReader;
import dev.millrace.simulator.official.SendingWriter;
import dev.millrace.simulator.official.Tally;
import dev.millrace.simulator.official.TransactionCopier;
import dev.millrace.simulator.official.TransactionWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;

/// Everybody who works with the cluster in a run, and what they saw.
final class Clients {
    /// Records outside of transactions; of transactions; and what copiers made of the latter.
    static final Map<String, Integer> TOPICS = topics();

    private static final String SENT = "sent";
    private static final String WRITTEN = "written";
    private static final String COPIED = "copied";
    private static final String GROUP = "copiers";
    private static final int SENDERS = 2;
    private static final int WRITERS = 3;
    private static final int COPIERS = 2;

    private final String bootstrap;
    private final Tally tally = new Tally();
    private final Recorder recorder = new Recorder(System::nanoTime);

    /// What readers of everything saw: for them other rules hold.
    private final Recorder uncommitted = new Recorder(System::nanoTime);

    private final List<Thread> producing = new ArrayList<>();
    private final List<Thread> others = new ArrayList<>();
    private final List<Runnable> stopProducing = new ArrayList<>();
    private final List<Runnable> stopOthers = new ArrayList<>();

    /// What each producer has got done so far.
    private final Map<String, LongSupplier> progress = new LinkedHashMap<>();

    Clients(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    private static Map<String, Integer> topics() {
        Map<String, Integer> topics = new LinkedHashMap<>();
        topics.put(SENT, 4);
        topics.put(WRITTEN, 3);
        topics.put(COPIED, 3);
        return topics;
    }

    private static int partitions(String topic) {
        return TOPICS.getOrDefault(topic, 0);
    }

    static List<TopicPartition> partitions() {
        List<TopicPartition> all = new ArrayList<>();
        TOPICS.forEach((topic, partitions) -> {
            for (int i = 0; i < partitions; i++) {
                all.add(new TopicPartition(topic, i));
            }
        });
        return all;
    }

    Tally tally() {
        return tally;
    }

    Recorder recorder() {
        return recorder;
    }

    Recorder uncommitted() {
        return uncommitted;
    }

    void start(SplittableRandom chance) {
        for (int i = 0; i < SENDERS; i++) {
            var sender =
                    new SendingWriter(
                            bootstrap, SENT, partitions(SENT), recorder, tally, chance.nextLong());
            progress.put("sender " + i, sender::acknowledged);
            stopProducing.add(sender::stop);
            producing.add(Thread.ofVirtual().start(sender));
        }
        for (int i = 0; i < WRITERS; i++) {
            var writer =
                    new TransactionWriter(
                            "writer-" + i,
                            bootstrap,
                            WRITTEN,
                            partitions(WRITTEN),
                            recorder,
                            tally,
                            chance.nextLong());
            progress.put("transactional writer " + i, writer::committed);
            stopProducing.add(writer::stop);
            producing.add(Thread.ofVirtual().start(writer));
        }
        Map<String, Object> membership = membership(chance.nextBoolean());
        for (int i = 0; i < COPIERS; i++) {
            var copier =
                    new TransactionCopier(
                            "copier-" + i,
                            bootstrap,
                            GROUP,
                            WRITTEN,
                            COPIED,
                            recorder,
                            tally,
                            membership);
            stopOthers.add(copier::stop);
            others.add(Thread.ofVirtual().start(copier));
        }
        reader(recorder, true);
        reader(uncommitted, false);
    }

    private static Map<String, Object> membership(boolean classic) {
        return classic
                ? Map.of(
                        "group.protocol",
                        "classic",
                        "session.timeout.ms",
                        6_000,
                        "heartbeat.interval.ms",
                        1_000)
                : Map.of("group.protocol", "consumer");
    }

    private void reader(Recorder to, boolean committed) {
        var reader = new RecordingReader(bootstrap, partitions(), to, tally, committed);
        stopOthers.add(reader::stop);
        others.add(Thread.ofVirtual().start(reader));
    }

    /// What each producer has got done; the copiers together.
    Map<String, Long> progress() {
        Map<String, Long> done = new LinkedHashMap<>();
        progress.forEach((name, count) -> done.put(name, count.getAsLong()));
        done.put("copiers", tally.copied());
        return done;
    }

    /// @return false when one of them does not end
    boolean endProducers(int seconds) throws InterruptedException {
        return end(stopProducing, producing, seconds);
    }

    boolean endOthers(int seconds) throws InterruptedException {
        return end(stopOthers, others, seconds);
    }

    /// Of a run that has come to no end: nobody goes on, at what would be the next one's cluster.
    void abandon(int seconds) throws InterruptedException {
        boolean ended = endProducers(seconds);
        ended &= endOthers(seconds);
        if (!ended) {
            producing.forEach(Thread::interrupt);
            others.forEach(Thread::interrupt);
        }
    }

    private static boolean end(List<Runnable> stops, List<Thread> threads, int seconds)
            throws InterruptedException {
        stops.forEach(Runnable::run);
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        boolean ended = true;
        for (Thread thread : threads) {
            long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime()));
            thread.join(leftMs);
            ended &= !thread.isAlive();
        }
        return ended;
    }

    /// Committed inputs of copiers, and the inputs of which there are committed outputs.
    record Copies(List<Long> inputs, List<Long> outputs) {
        boolean complete() {
            return inputs.size() == outputs.size();
        }
    }

    Copies copies() {
        List<TopicPartition> both =
                partitions().stream().filter(each -> !each.topic().equals(SENT)).toList();
        var reader =
                new RecordingReader(
                        bootstrap, both, new Recorder(System::nanoTime), new Tally(), true);
        reader.drain();
        var copies = new Copies(new ArrayList<>(), new ArrayList<>());
        for (RecordingReader.Entry entry : reader.entries()) {
            if (entry.partition().topic().equals(WRITTEN)) {
                copies.inputs.add(entry.value());
            } else {
                copies.outputs.add(entry.key());
            }
        }
        return copies;
    }

    /// Reads everything to the end, as part of the history.
    void drain() {
        new RecordingReader(bootstrap, partitions(), recorder, tally, true).drain();
        new RecordingReader(bootstrap, partitions(), uncommitted, tally, false).drain();
    }
}
