package dev.millrace.cli.placement;

import static dev.millrace.cli.cluster.Connection.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Has the cluster carry out moves: a bounded number of partitions at a time, the next ones when those are done.
///
/// Nothing is kept here: who is stopped in between leaves the batch under way to the cluster, and a new plan goes on from there. A
/// topic that is deleted meanwhile counts as moved.
public final class Moves {
    private final Admin admin;
    private final int mostAtOnce;
    private final Duration look;
    private final Consumer<String> say;

    /// @param mostAtOnce partitions that move at the same time
    /// @param look how often it is asked what has arrived
    /// @param say takes a line of progress
    public Moves(Admin admin, int mostAtOnce, Duration look, Consumer<String> say) {
        this.admin = admin;
        this.mostAtOnce = mostAtOnce;
        this.look = look;
        this.say = say;
    }

    /// Carries out all of them, in their order.
    public void carryOut(List<Move> moves) throws InterruptedException {
        long allBytes = moves.stream().mapToLong(Move::copiedBytes).sum();
        long bytes = 0;
        int done = 0;
        for (List<Move> batch : batches(moves, mostAtOnce)) {
            begin(batch);
            awaitArrival(batch, done, moves.size());
            done += batch.size();
            bytes += batch.stream().mapToLong(Move::copiedBytes).sum();
            say.accept(
                    "%d of %d moved, %s of %s"
                            .formatted(
                                    done, moves.size(), Sizes.text(bytes), Sizes.text(allBytes)));
        }
    }

    /// Cut so that no batch is too large, and none has a partition twice.
    static List<List<Move>> batches(List<Move> moves, int most) {
        var batches = new ArrayList<List<Move>>();
        List<Move> batch = new ArrayList<>();
        Set<TopicPartition> inBatch = new HashSet<>();
        for (Move move : moves) {
            if (batch.size() == most || inBatch.contains(move.partition())) {
                batches.add(batch);
                batch = new ArrayList<>();
                inBatch.clear();
            }
            batch.add(move);
            inBatch.add(move.partition());
        }
        if (!batch.isEmpty()) {
            batches.add(batch);
        }
        return batches;
    }

    private void begin(List<Move> batch) {
        Map<TopicPartition, Optional<NewPartitionReassignment>> request = new HashMap<>();
        for (Move move : batch) {
            request.put(move.partition(), Optional.of(new NewPartitionReassignment(move.to())));
        }
        for (var answer : admin.alterPartitionReassignments(request).values().values()) {
            try {
                await(answer);
            } catch (UnknownTopicOrPartitionException deleted) {
                // counts as moved
            }
        }
    }

    private void awaitArrival(List<Move> batch, int done, int all) throws InterruptedException {
        int before = -1;
        while (true) {
            Set<TopicPartition> moving =
                    new HashSet<>(
                            await(admin.listPartitionReassignments().reassignments()).keySet());
            moving.retainAll(batch.stream().map(Move::partition).toList());
            if (moving.isEmpty()) {
                return;
            }
            if (moving.size() != before) {
                before = moving.size();
                say.accept(
                        "%d of %d moved, %d are on their way"
                                .formatted(done + batch.size() - before, all, before));
            }
            Thread.sleep(look);
        }
    }

    /// Lets the preferred replica lead where another does.
    public void elect(List<TopicPartition> partitions) {
        if (partitions.isEmpty()) {
            return;
        }
        var results =
                await(
                        admin.electLeaders(ElectionType.PREFERRED, new HashSet<>(partitions))
                                .partitions());
        long failed =
                results.values().stream()
                        .flatMap(Optional::stream)
                        .filter(failure -> !(failure instanceof ElectionNotNeededException))
                        .count();
        say.accept(
                "%d leaders elected%s"
                        .formatted(
                                partitions.size() - failed,
                                failed == 0 ? "" : ", " + failed + " could not be"));
    }
}
