package dev.millrace.simulator.workload;

import dev.millrace.simulator.world.Frames;
import dev.millrace.simulator.world.SimCluster;
import dev.millrace.simulator.world.SimConnection;
import dev.millrace.simulator.world.SimMachine;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// A client's connection to one broker: made when there is something to ask, ended when an answer is late, as the official clients do.
final class ClientLink implements SimConnection.Owner {
    private final SimCluster cluster;
    private final int client;
    private final SimMachine to;
    private final boolean inTime;
    private final Set<Asked> waiting = new LinkedHashSet<>();
    private @Nullable SimConnection connection;

    /// @param inTime what is given up must not be carried out later
    ClientLink(SimCluster cluster, int client, SimMachine to, boolean inTime) {
        this.cluster = cluster;
        this.client = client;
        this.to = to;
        this.inTime = inTime;
    }

    private static final class Asked {
        private final Consumer<@Nullable ApiMessage> done;
        private boolean answered;

        Asked(Consumer<@Nullable ApiMessage> done) {
            this.done = done;
        }

        void answer(@Nullable ApiMessage message) {
            if (!answered) {
                answered = true;
                done.accept(message);
            }
        }
    }

    void ask(
            ApiKeys api,
            short version,
            ApiMessage request,
            long timeoutNs,
            Consumer<@Nullable ApiMessage> done) {
        SimConnection open = connection;
        if (open == null) {
            open = cluster.connect(client, to, inTime, this);
            connection = open;
        }
        byte[] frame = Frames.request(api, version, request, "client " + client);
        if (request instanceof ProduceRequestData produce && produce.acks() == 0) {
            open.send(api, version, frame, null);
            done.accept(null);
            return;
        }
        var asked = new Asked(done);
        waiting.add(asked);
        var timer =
                cluster.world()
                        .schedule(
                                timeoutNs,
                                () -> {
                                    if (!asked.answered) {
                                        fail();
                                    }
                                });
        open.send(
                api,
                version,
                frame,
                response -> {
                    timer.cancel();
                    waiting.remove(asked);
                    asked.answer(response);
                });
    }

    @Override
    public void lost() {
        fail();
    }

    private void fail() {
        SimConnection ended = connection;
        connection = null;
        if (ended != null) {
            ended.close();
        }
        List<Asked> failed = new ArrayList<>(waiting);
        waiting.clear();
        failed.forEach(each -> each.answer(null));
    }
}
