package dev.millrace.simulator.workload;

import dev.millrace.simulator.checker.Operation.Access.Committed;
import dev.millrace.simulator.checker.Operation.Access.CommittedSeen;
import dev.millrace.simulator.checker.Operation.Access.EndSeen;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import dev.millrace.simulator.world.SimWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// Commits ever higher offsets of a group of its own, one after the other; looks at what groups have committed, and at the ends of
/// partitions.
public final class OffsetsClient {
    private static final long PAUSE_NS = 400_000_000;

    private final SimWorld world;
    private final Brokers brokers;
    private final Recorder history;
    private final Random random;
    private final String group;
    private final BooleanSupplier looksCount;
    private final List<String> groups = new ArrayList<>();
    private int process;
    private long offset;
    private int committed;
    private boolean stopped;
    private boolean idle;

    /// @param others groups to look at, beside its own
    /// @param looksCount whether what is seen goes into the history now: a coordinator or leader that does not know yet that it is one
    ///     no more tells of the past, by Kafka's rules
    public OffsetsClient(
            SimWorld world,
            Brokers brokers,
            Recorder history,
            String name,
            List<String> others,
            BooleanSupplier looksCount) {
        this.looksCount = looksCount;
        this.world = world;
        this.brokers = brokers;
        this.history = history;
        this.random = world.stream("offsets " + name);
        this.group = "group-of-" + name;
        groups.add(group);
        groups.addAll(others);
    }

    public void begin() {
        process = history.newProcess();
        next();
    }

    /// It commits nothing more.
    public void stop() {
        stopped = true;
    }

    public boolean isIdle() {
        return idle;
    }

    public int committed() {
        return committed;
    }

    private void later() {
        world.afterPause(1 + random.nextLong(PAUSE_NS), this::next);
    }

    private void next() {
        if (stopped) {
            idle = true;
            return;
        }
        switch (random.nextInt(3)) {
            case 0 -> commit();
            case 1 -> lookAtGroup();
            default -> lookAtEnd();
        }
    }

    private void commit() {
        long next = ++offset;
        var operation = history.begin(process, Kind.COMMIT_OFFSETS);
        operation.touched(new Committed(group, new TopicPartition(Requests.TOPIC, 0), next));
        // A commit has no epoch that would keep a late one from undoing a later one.
        brokers.askInTime(
                ApiKeys.OFFSET_COMMIT,
                8,
                Requests.commitOffset(group, next),
                answer -> {
                    Errors error =
                            answer == null ? Errors.NETWORK_EXCEPTION : Answers.error(answer);
                    if (error == Errors.NONE) {
                        committed++;
                    }
                    operation.ended(error == Errors.NONE ? Outcome.OK : Outcome.UNKNOWN);
                    later();
                });
    }

    private void lookAtGroup() {
        String of = groups.get(random.nextInt(groups.size()));
        var operation = history.begin(process, Kind.FETCH_OFFSETS);
        boolean counts = looksCount.getAsBoolean();
        brokers.ask(
                ApiKeys.OFFSET_FETCH,
                9,
                Requests.fetchOffset(of),
                answer -> {
                    if (answer instanceof OffsetFetchResponseData data) {
                        var found = data.groups().getFirst();
                        var partition =
                                found.errorCode() != 0
                                        ? null
                                        : found.topics().getFirst().partitions().getFirst();
                        if (counts && partition != null && partition.errorCode() == 0) {
                            operation.touched(
                                    new CommittedSeen(
                                            of,
                                            new TopicPartition(Requests.TOPIC, 0),
                                            partition.committedOffset()));
                            operation.ended(Outcome.OK);
                        }
                    }
                    later();
                });
    }

    private void lookAtEnd() {
        int partition = random.nextInt(Requests.PARTITIONS);
        var operation = history.begin(process, Kind.LIST_OFFSETS);
        boolean counts = looksCount.getAsBoolean();
        brokers.ask(
                ApiKeys.LIST_OFFSETS,
                8,
                Requests.listEnd(partition),
                answer -> {
                    if (answer instanceof ListOffsetsResponseData data) {
                        var found = data.topics().getFirst().partitions().getFirst();
                        if (counts && found.errorCode() == 0) {
                            operation.touched(
                                    new EndSeen(
                                            new TopicPartition(Requests.TOPIC, partition),
                                            found.offset()));
                            operation.ended(Outcome.OK);
                        }
                    }
                    later();
                });
    }
}
