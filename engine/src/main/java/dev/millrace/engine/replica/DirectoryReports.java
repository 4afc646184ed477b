package dev.millrace.engine.replica;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.DirectoryData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.PartitionData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.TopicData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the controller in which log directory a replica lies, where that is another than it knows (KIP-858): of a node with several
/// directories, and of one whose disk was replaced. Until it knows, the replica counts as lost, and leads nothing.
///
/// One request at a time, with what has come up meanwhile, up to a bound; asked again until there is an answer.
///
/// **Owner.** Its turn.
public final class DirectoryReports {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryReports.class);
    private static final long RETRY_MS = 500;

    /// Of one request: the controller decides them in one step, and everybody waits for it.
    static final int MOST = 2_000;

    private record Replica(Uuid topicId, int partition) {}

    private final int brokerId;
    private final LongSupplier brokerEpoch;
    private final Function<
                    AssignReplicasToDirsRequestData,
                    CompletionStage<AssignReplicasToDirsResponseData>>
            controller;
    private final Env env;
    private final Turn turn;

    /// Bounded by the partitions of this broker.
    private final Map<Replica, Uuid> untold = new LinkedHashMap<>();

    private boolean asking;
    private boolean closed;

    /// @param controller asks the active one
    public DirectoryReports(
            int brokerId,
            LongSupplier brokerEpoch,
            Function<
                            AssignReplicasToDirsRequestData,
                            CompletionStage<AssignReplicasToDirsResponseData>>
                    controller,
            Env env) {
        this.brokerId = brokerId;
        this.brokerEpoch = brokerEpoch;
        this.controller = controller;
        this.env = env;
        this.turn = env.newTurn("where replicas lie");
    }

    /// The replica lies there. May be called in a turn: the controller is asked on a worker.
    void lies(Uuid topicId, int partition, Uuid directory) {
        boolean begins =
                turn.take(() -> {
                    untold.put(new Replica(topicId, partition), directory);
                    boolean rests = !asking && !closed;
                    asking |= rests;
                    return rests;
                });
        if (begins) {
            env.workers().execute("tell where replicas lie", this::ask);
        }
    }

    /// Asks nothing any more.
    public void close() {
        turn.run(() -> {
            closed = true;
            untold.clear();
        });
    }

    /// A round that fails in a way that nobody has foreseen (no memory, for instance) is not the last.
    private void ask() {
        askAgainIfItFails(this::askNow);
    }

    private void askAgainIfItFails(Runnable round) {
        try {
            round.run();
        } catch (Invariant.Broken broken) {
            throw broken;
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("The controller could not be told where replicas lie", e);
            turn.run(() -> asking = true);
            askLater(RETRY_MS);
        }
    }

    private void askNow() {
        Map<Replica, Uuid> told =
                turn.take(() -> {
                    asking = !untold.isEmpty();
                    var first = new LinkedHashMap<Replica, Uuid>();
                    untold.entrySet().stream()
                            .limit(MOST)
                            .forEach(each -> first.put(each.getKey(), each.getValue()));
                    return first;
                });
        if (!told.isEmpty()) {
            controller
                    .apply(request(told))
                    .whenComplete((answer, _) -> askAgainIfItFails(() -> answered(told, answer)));
        }
    }

    private AssignReplicasToDirsRequestData request(Map<Replica, Uuid> told) {
        Map<Uuid, Map<Uuid, TopicData>> directories = new LinkedHashMap<>();
        told.forEach((replica, directory) ->
                directories
                        .computeIfAbsent(directory, _ -> new LinkedHashMap<>())
                        .computeIfAbsent(replica.topicId, id -> new TopicData().setTopicId(id))
                        .partitions()
                        .add(new PartitionData().setPartitionIndex(replica.partition)));
        var request =
                new AssignReplicasToDirsRequestData()
                        .setBrokerId(brokerId)
                        .setBrokerEpoch(brokerEpoch.getAsLong());
        directories.forEach((id, topics) ->
                request.directories()
                        .add(
                                new DirectoryData()
                                        .setId(id)
                                        .setTopics(new ArrayList<>(topics.values()))));
        return request;
    }

    private void answered(
            Map<Replica, Uuid> told, @Nullable AssignReplicasToDirsResponseData answer) {
        boolean heard = answer != null && answer.errorCode() == Errors.NONE.code();
        if (heard) {
            turn.run(() -> told.forEach(untold::remove));
        } else if (answer != null) {
            LOG.info(
                    "The controller was not told where replicas lie: {}",
                    Errors.forCode(answer.errorCode()));
        }
        askLater(heard ? 1 : RETRY_MS);
    }

    private void askLater(long delayMs) {
        Runnable again = () -> env.workers().execute("tell where replicas lie", this::ask);
        env.timers().schedule(delayMs, again);
    }
}
