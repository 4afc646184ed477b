package dev.millrace.simulator.world;

import java.util.ArrayDeque;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// A connection to one listener of a machine, from its client's side: requests go out and answers come back in order. It ends when
/// either side or the road between them ends it; what was under way may have been carried out, or may yet be.
public final class SimConnection {
    private final SimCluster cluster;
    private final int from;
    private final SimMachine to;
    private final boolean controllers;
    private final boolean inTime;
    private final Pipe out;
    private final Pipe back;
    private final Owner owner;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable Served served;
    private boolean open = true;

    /// Who made it.
    public interface Owner {
        /// It has ended by itself. Called once, never after [SimConnection#close].
        void lost();
    }

    /// What an answer is given to.
    @FunctionalInterface
    public interface Answer {
        void come(ApiMessage response);
    }

    private record Waiting(ApiKeys api, short version, Answer answer) {}

    /// @param from the id of who connects
    /// @param controllers whether to the controllers' listener
    /// @param inTime what its owner has given up is not carried out later
    SimConnection(
            SimCluster cluster,
            int from,
            SimMachine to,
            boolean controllers,
            boolean inTime,
            Owner owner) {
        this.cluster = cluster;
        this.from = from;
        this.to = to;
        this.controllers = controllers;
        this.inTime = inTime;
        this.owner = owner;
        this.out = new Pipe(cluster.world(), cluster.roads(), from, to.id());
        this.back = new Pipe(cluster.world(), cluster.roads(), to.id(), from);
        cluster.opened(this);
    }

    public boolean isOpen() {
        return open;
    }

    /// Whether its requests are of no use any more.
    boolean isVoid() {
        return inTime && !open;
    }

    int from() {
        return from;
    }

    SimMachine to() {
        return to;
    }

    boolean controllers() {
        return controllers;
    }

    /// Sends a request.
    ///
    /// @param frame with its header
    /// @param answer null when none comes (produce with acks=0)
    public void send(ApiKeys api, short version, byte[] frame, @Nullable Answer answer) {
        cluster.sent(this, frame);
        if (answer != null) {
            waiting.add(new Waiting(api, version, answer));
        }
        out.send(() -> arrive(frame));
    }

    private void arrive(byte[] frame) {
        if (open && cluster.roads().breaksNow()) {
            cluster.tally().count("connection broken");
            end();
            return;
        }
        cluster.tale().event(to.id(), 1000 + frame[1], frame.length);
        cluster.arrived(frame);
        Served there = served;
        if (there == null) {
            there = to.accept(this);
            served = there;
        }
        if (there == null || there.isOver()) {
            refuse();
        } else {
            there.come(frame);
        }
    }

    /// Nobody listens, or not any more.
    private void refuse() {
        if (open) {
            back.send(this::end);
        }
    }

    /// An answer leaves the machine.
    void answer(byte[] bytes) {
        back.send(() -> come(bytes));
    }

    private void come(byte[] bytes) {
        if (!open) {
            return;
        }
        if (cluster.roads().breaksNow()) {
            cluster.tally().count("connection broken");
            end();
            return;
        }
        cluster.tale().event(from, 2000, bytes.length);
        Waiting first = waiting.remove();
        first.answer.come(Frames.response(first.api, bytes, first.version));
    }

    /// The process at the other end is gone, and its machine says so; or it has closed the connection.
    void reset() {
        back.send(this::end);
    }

    /// It breaks, for both sides.
    void end() {
        if (open) {
            over();
            owner.lost();
        }
    }

    /// Its owner gives it up. What is on its way to the other side may still arrive there.
    public void close() {
        if (open) {
            over();
        }
    }

    private void over() {
        open = false;
        waiting.clear();
        back.drop();
        if (inTime || cluster.roads().coin()) {
            out.drop();
        }
        cluster.ended(this);
    }
}
