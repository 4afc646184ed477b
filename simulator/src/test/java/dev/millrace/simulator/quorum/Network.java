package dev.millrace.simulator.quorum;

import dev.millrace.engine.env.Peers;
import dev.millrace.simulator.world.SimWorld;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// Between the nodes: messages are late, overtake each other, are lost or come twice, and some roads are closed in one direction
/// or both.
final class Network {
    /// A client that belongs to no node.
    static final int OUTSIDE = -1;

    private static final int BATCH_HEADER = 61;
    private static final int CRC_COVERS_FROM = 21;
    private static final long MILLISECOND = 1_000_000;

    private final SimWorld world;
    private final Options options;
    private final Story story;
    private final Random chance;
    private final Set<Long> closed = new HashSet<>();
    private List<SimNode> nodes = List.of();
    private boolean calm;
    private long stormUntilNs;
    int lost;
    int twice;
    int zombies;
    int corrupted;

    Network(SimWorld world, Options options, Story story) {
        this.world = world;
        this.options = options;
        this.story = story;
        this.chance = world.stream("network");
    }

    void connect(List<SimNode> all) {
        nodes = all;
    }

    private static long road(int from, int to) {
        return ((long) from << 32) | (to & 0xFFFFFFFFL);
    }

    void close(int from, int to) {
        closed.add(road(from, to));
    }

    void openAll() {
        closed.clear();
    }

    /// Much is lost for a while.
    void storm(long ns) {
        stormUntilNs = world.nowNs() + ns;
    }

    /// From now on nothing bad happens.
    void calm() {
        calm = true;
        openAll();
    }

    private boolean isLost(int from, int to) {
        if (closed.contains(road(from, to))) {
            return true;
        }
        double loss = world.nowNs() < stormUntilNs ? 0.4 : options.loss();
        return !calm && chance.nextDouble() < loss;
    }

    private long delay() {
        long delay = 100_000 + chance.nextLong(2 * MILLISECOND);
        if (!calm && chance.nextDouble() < options.late()) {
            delay += chance.nextLong(1_500 * MILLISECOND);
        }
        return delay;
    }

    /// What is told to the sender of a request.
    interface Answer {
        /// Null when the connection was lost.
        void come(byte @Nullable [] response);
    }

    /// Sends a request from one node to whoever listens at the address; `answer` is called at most once.
    void ask(int from, Peers.Address to, short api, short version, byte[] request, Answer answer) {
        SimNode target = at(to);
        if (target == null) {
            world.schedule(delay(), () -> answer.come(null)); // refused
            return;
        }
        if (isLost(from, target.id)) {
            lost++;
            return;
        }
        arrive(from, target, to, api, version, request, delay(), answer);
        if (!calm && chance.nextDouble() < options.duplicate()) {
            twice++;
            arrive(from, target, to, api, version, request, delay(), _ -> {});
        }
        if (!calm
                && from != OUTSIDE
                && options.faults().contains(Options.Fault.ZOMBIE)
                && chance.nextInt(200) == 0) {
            zombies++;
            long late = chance.nextLong(60_000 * MILLISECOND);
            arrive(from, target, to, api, version, request, late, _ -> {});
        }
    }

    private void arrive(
            int from,
            SimNode target,
            Peers.Address to,
            short api,
            short version,
            byte[] request,
            long delayNs,
            Answer answer) {
        world.schedule(
                delayNs,
                () -> {
                    if (!target.listensAt(to)) {
                        answer.come(null);
                        return;
                    }
                    story.message(target.id, 1000 + api, request);
                    target.receive(
                            api,
                            version,
                            Wire.request(api, request, version),
                            response -> answer(from, target, api, version, response, answer));
                });
    }

    private void answer(
            int from, SimNode target, short api, short version, byte[] response, Answer answer) {
        if (isLost(target.id, from)) {
            lost++;
            return;
        }
        byte[] bytes = maybeCorrupt(api, version, response);
        world.schedule(
                delay(),
                () -> {
                    story.message(from, 2000 + api, bytes);
                    answer.come(bytes);
                });
    }

    /// A bit of the records of a fetch is flipped on the way, where a batch's checksum tells: what the network does not notice, the
    /// log has to.
    private byte[] maybeCorrupt(short api, short version, byte[] response) {
        if (calm || api != ApiKeys.FETCH.id || chance.nextDouble() >= options.corrupt()) {
            return response;
        }
        var fetched = (FetchResponseData) Wire.response(api, response, version);
        if (!fetched.responses().isEmpty()
                && fetched.responses().getFirst().partitions().getFirst().records()
                        instanceof MemoryRecords records
                && records.sizeInBytes() > BATCH_HEADER) {
            corrupted++;
            ByteBuffer bytes = records.buffer();
            int size = Math.min(12 + bytes.getInt(8), bytes.limit());
            int at = CRC_COVERS_FROM + chance.nextInt(size - CRC_COVERS_FROM);
            bytes.put(at, (byte) (bytes.get(at) ^ 1 << chance.nextInt(8)));
            return Wire.bytes(fetched, version);
        }
        return response;
    }

    private @Nullable SimNode at(Peers.Address to) {
        for (SimNode node : nodes) {
            if (node.listensAt(to)) {
                return node;
            }
        }
        return null;
    }

    /// A message that leaves a node when its step has ended.
    ///
    /// @param to orders those that leave together: the consensus client sends to all voters in the order of a set, which is
    ///     another one in each JVM
    record Leaving(String to, Runnable message) {}

    /// The door of one node.
    ///
    /// @param leave takes what is to happen when the node's present step has ended
    Peers peers(SimNode from, NodeEnv env, Consumer<Leaving> leave) {
        return (to, version, request, timeoutMs) -> {
            var answer = new CompletableFuture<ApiMessage>();
            short api = request.apiKey();
            byte[] bytes = Wire.bytes(request, version);
            from.sends(request);
            leave.accept(
                    new Leaving(
                            to.toString(),
                            () -> {
                                var timeout =
                                        env.timers()
                                                .schedule(timeoutMs, () -> lose(answer, "late"));
                                ask(
                                        from.id,
                                        to,
                                        api,
                                        version,
                                        bytes,
                                        response ->
                                                env.enter(() -> {
                                                    timeout.cancel();
                                                    settle(answer, api, version, response);
                                                }));
                            }));
            return answer;
        };
    }

    private static void settle(
            CompletableFuture<ApiMessage> answer,
            short api,
            short version,
            byte @Nullable [] response) {
        try {
            if (response != null) {
                answer.complete(Wire.response(api, response, version));
                return;
            }
        } catch (RuntimeException unreadable) {
            // As a connection does with bytes that make no message.
        }
        lose(answer, "connection lost");
    }

    private static void lose(CompletableFuture<ApiMessage> answer, String why) {
        answer.completeExceptionally(new IOException(why));
    }
}
