package dev.millrace.simulator.force;

import dev.millrace.simulator.official.Tally;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;

/// One run: three machines start, clients work, faults happen; all is healed, everybody must get something done, and what was
/// seen is judged.
final class TortureRun implements AutoCloseable {
    /// What a broker keeps of its disk for itself.
    static final int RESERVE_BYTES = 32 << 20;

    private static final int MACHINES = 3;
    private static final Set<Integer> IDS = new TreeSet<>(Set.of(1, 2, 3));

    /// How long anything that must happen may take: no measure, but the end of patience on a machine that has other work.
    private static final int PATIENCE_SECONDS = 300;

    private static final int ABANDON_SECONDS = 20;

    private final SplittableRandom chance;
    private final int seconds;
    private final Progress progress;
    private final Tools tools;
    private final Roads.Network network;
    private final Roads roads;
    private final Map<Integer, Machine> machines = new TreeMap<>();
    private final Clients clients;
    private final Admin admin;
    private final Faults faults;
    private final Path folder;
    private final List<String> anomalies = new ArrayList<>();
    private final long beganNs = System.nanoTime();
    private boolean drained;

    /// What is shown while it goes on.
    interface Progress {
        void show(double atSeconds, List<String> now, Tally tally);
    }

    /// @param anomalies in words; empty when all is well
    record Result(
            List<String> anomalies,
            Map<String, Integer> faults,
            Tally tally,
            int operations,
            Map<String, Long> outcomes,
            double seconds) {}

    /// @param hosts where this process looks names up (`jdk.net.hosts.file`)
    TortureRun(
            long seed,
            int seconds,
            Path folder,
            Path hosts,
            Roads.Network network,
            Tools tools,
            Progress progress)
            throws IOException {
        this.chance = new SplittableRandom(seed);
        this.seconds = seconds;
        this.folder = folder;
        this.tools = tools;
        this.progress = progress;
        this.network = network;
        this.roads = new Roads(IDS, network);
        roads.writeHosts(hosts, Roads.CLIENTS);
        String bootstrap =
                IDS.stream()
                        .map(id -> Roads.name(id) + ":" + network.brokerPort())
                        .collect(Collectors.joining(","));
        this.clients = new Clients(bootstrap);
        this.admin =
                Admin.create(
                        Map.of(
                                "bootstrap.servers",
                                bootstrap,
                                "request.timeout.ms",
                                3_000,
                                "default.api.timeout.ms",
                                5_000,
                                "reconnect.backoff.max.ms",
                                200));
        this.faults = new Faults(machines, roads);
    }

    private void furnish() throws IOException, InterruptedException {
        SplittableRandom drawn = chance.split();
        int certainly = drawn.nextInt(1, MACHINES + 1);
        int lagMs = drawn.nextInt(1_500, 8_000);
        for (int id : IDS) {
            boolean drawnToo = drawn.nextBoolean();
            boolean smallDisk = id == certainly || drawnToo;
            var machine = new Machine(id, folder.resolve("machine" + id), tools, smallDisk);
            machines.put(id, machine);
            roads.writeHosts(machine.hosts(), id);
            machine.configure(settings(id, lagMs));
        }
    }

    private Map<String, String> settings(int id, int lagMs) throws IOException {
        String here = roads.real(id).getHostAddress();
        Map<String, String> settings = new TreeMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(id));
        settings.put(
                "listeners",
                "PLAINTEXT://%s:%d,CONTROLLER://%s:%d"
                        .formatted(here, network.brokerPort(), here, network.controllerPort()));
        settings.put(
                "advertised.listeners",
                "PLAINTEXT://%s:%d".formatted(Roads.name(id), network.brokerPort()));
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put(
                "controller.quorum.voters",
                IDS.stream()
                        .map(each ->
                                "%d@%s:%d"
                                        .formatted(
                                                each, Roads.name(each), network.controllerPort()))
                        .collect(Collectors.joining(",")));
        settings.put("default.replication.factor", "3");
        settings.put("min.insync.replicas", "2");
        settings.put("offsets.topic.num.partitions", "3");
        settings.put("transaction.state.log.num.partitions", "3");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("group.consumer.session.timeout.ms", "6000");
        settings.put("group.consumer.heartbeat.interval.ms", "1000");
        settings.put("group.consumer.min.session.timeout.ms", "1000");
        settings.put("group.consumer.min.heartbeat.interval.ms", "500");
        settings.put("broker.session.timeout.ms", "3000");
        settings.put("broker.heartbeat.interval.ms", "500");
        settings.put("replica.lag.time.max.ms", Integer.toString(lagMs));
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        settings.put("log.segment.bytes", Integer.toString(1 << 20));
        settings.put("millrace.disk.reserve.bytes", Integer.toString(RESERVE_BYTES));
        settings.put("millrace.http.listener", "");
        return settings;
    }

    Result run() throws IOException, InterruptedException {
        furnish();
        for (Machine machine : machines.values()) {
            machine.start();
        }
        if (await("the cluster starts", PATIENCE_SECONDS, this::allThere)
                && await("topics are made", PATIENCE_SECONDS, this::topicsMade)) {
            disturbedWork();
        }
        clients.abandon(ABANDON_SECONDS);
        admin.close();
        var history = clients.recorder().history();
        // Also of a run that has come to no end: what was seen until then can be wrong.
        anomalies.addAll(Judgement.of(history, clients.uncommitted().history(), drained));
        Map<String, Long> outcomes = new TreeMap<>();
        history.forEach(each -> outcomes.merge(each.kind() + " " + each.outcome(), 1L, Long::sum));
        return new Result(
                List.copyOf(anomalies),
                faults.counts(),
                clients.tally(),
                history.size() + clients.uncommitted().history().size(),
                outcomes,
                sinceBegun());
    }

    private void disturbedWork() throws IOException, InterruptedException {
        clients.start(chance.split());
        if (!await("clients begin", PATIENCE_SECONDS, movedSince(clients.progress()))) {
            return;
        }
        List<Thread> tracks = faults.begin(chance.split());
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < endNs) {
            step();
        }
        faults.stop();
        for (Thread track : tracks) {
            track.join();
        }
        Exception failure = faults.failure();
        if (failure != null) {
            throw new IOException("a fault could not be done", failure);
        }
        heal();
        if (!await("all are in sync again (V1)", PATIENCE_SECONDS, this::allInSync)
                || !await(
                        "everybody gets something done (A18)",
                        PATIENCE_SECONDS,
                        movedSince(clients.progress()))) {
            return;
        }
        end();
    }

    private void heal() throws IOException, InterruptedException {
        roads.heal();
        for (Machine machine : machines.values()) {
            machine.empty();
        }
    }

    private void end() throws IOException, InterruptedException {
        if (!clients.endProducers(PATIENCE_SECONDS)) {
            anomalies.add("A18: a producer does not come to its end");
        }
        if (!await("every transaction ends (T5)", PATIENCE_SECONDS, this::nothingOpen)) {
            return;
        }
        var copies = new Clients.Copies[1];
        boolean copied =
                await(
                        "copiers come to the end",
                        PATIENCE_SECONDS,
                        () -> {
                            copies[0] = clients.copies();
                            return copies[0].complete();
                        });
        if (!clients.endOthers(PATIENCE_SECONDS)) {
            anomalies.add("A18: a reader or a copier does not come to its end");
        }
        try {
            clients.drain();
        } catch (AssertionError | KafkaException e) {
            anomalies.add("A17: what is there cannot be read to the end: " + e);
            return;
        }
        drained = true;
        if (copied) {
            anomalies.addAll(Judgement.of(copies[0]));
        }
        if (await("all are in sync at the end (V1)", PATIENCE_SECONDS, this::allInSync)) {
            compareReplicas();
        }
    }

    private void compareReplicas() throws IOException, InterruptedException {
        Map<Integer, Path> data = new TreeMap<>();
        for (Machine machine : machines.values()) {
            machine.kill();
            data.put(machine.id, machine.data());
        }
        anomalies.addAll(Replicas.differences(data, Clients.partitions()));
    }

    // ---- waiting

    private double sinceBegun() {
        return (System.nanoTime() - beganNs) / 1e9;
    }

    /// Looks whether all processes are as they should be, shows progress, and waits a little.
    private void step() throws IOException, InterruptedException {
        for (Machine machine : machines.values()) {
            Integer code = machine.endedByItself();
            if (code != null) {
                if (machine.hadNoRoom(code)) {
                    faults.count("node ended: no room for the metadata log");
                } else {
                    anomalies.add(
                            "machine %d ended by itself with %d after %.1f s: %s"
                                    .formatted(
                                            machine.id, code, sinceBegun(), last(machine.said())));
                }
                machine.start();
            }
        }
        progress.show(sinceBegun(), faults.now(), clients.tally());
        TimeUnit.MILLISECONDS.sleep(100);
    }

    private static String last(List<String> lines) {
        return lines.isEmpty() ? "it said nothing" : lines.getLast();
    }

    private boolean await(String what, int patienceSeconds, Callable<Boolean> holds)
            throws IOException, InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceSeconds);
        String lately = "";
        while (System.nanoTime() < endNs) {
            try {
                if (holds.call()) {
                    return true;
                }
                lately = "";
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception | AssertionError e) {
                lately = ", lately: " + e; // not yet
            }
            step();
        }
        anomalies.add("not within %d s: %s%s".formatted(patienceSeconds, what, lately));
        return false;
    }

    private boolean allThere() throws Exception {
        return soon(admin.describeCluster().nodes()).size() == MACHINES;
    }

    private boolean topicsMade() throws Exception {
        List<NewTopic> topics = new ArrayList<>();
        Clients.TOPICS.forEach(
                (name, partitions) -> topics.add(new NewTopic(name, partitions, (short) MACHINES)));
        for (NewTopic topic : topics) {
            try {
                soon(admin.createTopics(List.of(topic)).all());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
        return allInSync();
    }

    private boolean allInSync() throws Exception {
        var topics = soon(admin.describeTopics(soon(admin.listTopics().names())).allTopicNames());
        if (!allThere() || !topics.keySet().containsAll(Clients.TOPICS.keySet())) {
            return false;
        }
        for (TopicDescription topic : topics.values()) {
            for (var partition : topic.partitions()) {
                Node leader = partition.leader();
                if (leader == null || leader.isEmpty() || partition.isr().size() < MACHINES) {
                    return false;
                }
            }
        }
        return true;
    }

    private Callable<Boolean> movedSince(Map<String, Long> before) {
        return () -> {
            Map<String, Long> now = clients.progress();
            return before.keySet().stream()
                    .allMatch(each ->
                            now.getOrDefault(each, 0L) >= before.getOrDefault(each, 0L) + 5);
        };
    }

    /// Who reads what is committed gets as far as who reads everything.
    private boolean nothingOpen() throws Exception {
        return ends(IsolationLevel.READ_COMMITTED).equals(ends(IsolationLevel.READ_UNCOMMITTED));
    }

    private Map<TopicPartition, Long> ends(IsolationLevel level) throws Exception {
        Map<TopicPartition, OffsetSpec> asked =
                new TreeMap<>(java.util.Comparator.comparing(TopicPartition::toString));
        Clients.partitions().forEach(each -> asked.put(each, OffsetSpec.latest()));
        return soon(admin.listOffsets(asked, new ListOffsetsOptions(level)).all())
                .entrySet()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, each -> offset(each.getValue())));
    }

    private static long offset(ListOffsetsResultInfo info) {
        return info.offset();
    }

    private static <T> T soon(org.apache.kafka.common.KafkaFuture<T> future)
            throws ExecutionException, TimeoutException, InterruptedException {
        return future.get(10, TimeUnit.SECONDS);
    }

    /// Writes down what was seen and done, for who looks into a run that failed.
    void keep() throws IOException {
        Judgement.write(folder.resolve("history.txt"), clients.recorder().history());
        Judgement.write(
                folder.resolve("history-read-uncommitted.txt"), clients.uncommitted().history());
        Files.write(folder.resolve("faults.txt"), faults.story());
        Files.write(folder.resolve("anomalies.txt"), anomalies);
    }

    /// Ends every process, and takes small disks away.
    @Override
    public void close() throws IOException {
        close(false);
    }

    void close(boolean keepData) throws IOException {
        try {
            roads.close();
            for (Machine machine : machines.values()) {
                machine.kill();
                machine.unmount(keepData);
            }
            roads.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
