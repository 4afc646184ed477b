package dev.millrace.bench.peer;

import dev.millrace.bench.wire.Probe;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/// A peer that runs: one node or several, how long it took to come up, and what all of them use now.
public final class Running implements AutoCloseable {
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long STOP_TIMEOUT_S = 30;

    /// Of several at the end of a session: those that go last have nobody to take leave of.
    private static final long STOP_ALL_TIMEOUT_S = 8;

    private static final short TOPIC_ALREADY_EXISTS = 36;

    private final Peer peer;
    private final List<Node> nodes;
    private long patienceNs = START_TIMEOUT_NS;
    private double readyMs = Double.NaN;
    private double firstAckMs = Double.NaN;

    /// @param nodes started already, the first one first
    Running(Peer peer, List<Node> nodes) {
        this.peer = peer;
        this.nodes = List.copyOf(nodes);
    }

    /// Waits until a client's ApiVersions and Metadata succeed, then until its first record is acknowledged. Of several nodes:
    /// until each of them knows all; a first record may be another one's, and is not asked for.
    void awaitReady() throws IOException, InterruptedException {
        for (Node node : nodes) {
            node.await("ready", probe -> probe.ready(nodes.size()), patienceNs);
        }
        readyMs = sinceStartMs();
        if (nodes.size() > 1) {
            return;
        }
        await(
                "making a topic",
                probe ->
                        switch (probe.createTopic("first-record")) {
                            case 0, TOPIC_ALREADY_EXISTS -> true;
                            default -> false;
                        });
        await("a first acknowledged record", probe -> probe.produceOne("first-record") == 0);
        firstAckMs = sinceStartMs();
    }

    /// Waits until somebody listens: all that the floor has to offer.
    void awaitListening() throws IOException, InterruptedException {
        await("listening", probe -> true);
        readyMs = sinceStartMs();
    }

    /// Stops it with SIGTERM and starts it on what it has written; returns when it is ready.
    public void restart() throws IOException, InterruptedException {
        close();
        startAgain();
        await("ready again", Probe::ready);
    }

    /// As `restart`, of a process that has much to do for it: so many seconds to stop, and as many to start.
    public void restartWithin(long seconds) throws IOException, InterruptedException {
        stop(seconds);
        patienceNs = TimeUnit.SECONDS.toNanos(seconds);
        startAgain();
        await("ready again", Probe::ready);
    }

    /// As `restartWithin`, after SIGKILL.
    public void restartAfterKill(long seconds) throws IOException, InterruptedException {
        for (Node node : nodes) {
            node.crash();
        }
        patienceNs = TimeUnit.SECONDS.toNanos(seconds);
        startAgain();
        await("ready again", Probe::ready);
    }

    /// As `restart`, until a record is acknowledged; [#readyMs] and [#firstAckMs] are of this start from then on.
    ///
    /// @param cold drops the program's files and the data from the page cache between the two
    public void restartToFirstRecord(boolean cold) throws IOException, InterruptedException {
        close();
        if (cold) {
            PageCache.drop(peer.program());
            dropPageCache();
        }
        startAgain();
        awaitReady();
    }

    private void startAgain() throws IOException {
        for (Node node : nodes) {
            node.startAgain();
        }
    }

    /// Of all that it has written.
    public void dropPageCache() throws IOException {
        for (Node node : nodes) {
            node.dropPageCache();
        }
    }

    /// Since the last start.
    public double diskReadMb() {
        return sum(ProcessTree::diskReadBytes) / 1e6;
    }

    private void await(String what, Node.Question question)
            throws IOException, InterruptedException {
        nodes.getFirst().await(what, question, patienceNs);
    }

    /// From the last exec of the first node until now.
    public double sinceStartMs() {
        return nodes.getFirst().sinceStartMs();
    }

    public Peer peer() {
        return peer;
    }

    /// In the order of their ids, which begin with 1.
    public List<Node> nodes() {
        return nodes;
    }

    /// Of the brokers, in the order of their ids.
    public List<Integer> ports() {
        return nodes.stream().map(Node::port).toList();
    }

    /// From exec until ApiVersions and Metadata succeeded.
    public double readyMs() {
        return readyMs;
    }

    /// From exec until the first acknowledged record, a topic made for it on the way; NaN for the floor and for several nodes.
    public double firstAckMs() {
        return firstAckMs;
    }

    /// All of them.
    public boolean alive() {
        return nodes.stream().allMatch(Node::alive);
    }

    public long cpuNanos() {
        return sum(ProcessTree::cpuNanos);
    }

    public double rssMb() {
        return sum(ProcessTree::rssKb) / 1024.0;
    }

    public double pssMb() {
        return sum(ProcessTree::pssKb) / 1024.0;
    }

    public long threads() {
        return sum(ProcessTree::threads);
    }

    private long sum(ToLongFunction<ProcessTree> figure) {
        return nodes.stream().map(Node::processes).mapToLong(figure).sum();
    }

    private void stop(long seconds) throws InterruptedException {
        nodes.forEach(Node::terminate);
        for (Node node : nodes) {
            node.stop(seconds);
        }
    }

    /// Stops with SIGTERM, by force after 30 seconds, several nodes after 8.
    @Override
    public void close() {
        try {
            stop(nodes.size() == 1 ? STOP_TIMEOUT_S : STOP_ALL_TIMEOUT_S);
        } catch (InterruptedException e) {
            nodes.forEach(Node::kill);
            Thread.currentThread().interrupt();
        }
    }
}
