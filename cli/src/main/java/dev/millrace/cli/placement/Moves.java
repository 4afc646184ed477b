package dev.millrace.cli.placement;

import static dev.millrace.cli.cluster.Connection.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Has the cluster carry out moves: a bounded number of partitions at a time, the next one when one has arrived.
///
/// Nothing is kept here: who is stopped in between leaves what is under way to the cluster, and a new plan goes on from there. A
/// topic that is deleted meanwhile counts as moved, and so does what the cluster refuses to move, once that is said.
public final class Moves {
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(2);

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

    /// Carries out all of them; those of one partition one after the other, the rest as there is room.
    ///
    /// @return what the cluster has refused to move
    public Set<TopicPartition> carryOut(List<Move> moves) throws InterruptedException {
        var refused = new HashSet<TopicPartition>();
        var waiting = new ArrayDeque<>(moves);
        var underWay = new LinkedHashMap<TopicPartition, Move>();
        long all = moves.stream().mapToLong(Move::copiedBytes).sum();
        var progress = new CopyProgress(moves.size(), all);
        long arrived = 0;
        int done = 0;
        long nextLineNanos = System.nanoTime();
        while (done < moves.size()) {
            List<Move> next = next(waiting, underWay, mostAtOnce);
            begin(next, refused);
            next.forEach(move -> underWay.put(move.partition(), move));
            for (Move move : arrived(underWay)) {
                underWay.remove(move.partition());
                arrived += move.copiedBytes();
                done++;
            }
            boolean ended = done == moves.size();
            if (ended || System.nanoTime() >= nextLineNanos) {
                long copied = arrived + copied(underWay.values());
                say.accept(progress.line(System.nanoTime(), done, underWay.size(), copied));
                nextLineNanos = System.nanoTime() + BETWEEN_LINES.toNanos();
            }
            if (!ended) {
                Thread.sleep(look);
            }
        }
        return refused;
    }

    private long copied(Collection<Move> underWay) {
        return new CopiedBytes(admin).of(underWay);
    }

    /// Those that are begun now: in their order, up to the first whose partition is under way.
    static List<Move> next(ArrayDeque<Move> waiting, Map<TopicPartition, Move> underWay, int most) {
        var next = new LinkedHashMap<TopicPartition, Move>();
        for (Move first = waiting.peek();
                first != null
                        && underWay.size() + next.size() < most
                        && !underWay.containsKey(first.partition())
                        && !next.containsKey(first.partition());
                first = waiting.peek()) {
            next.put(first.partition(), waiting.remove());
        }
        return List.copyOf(next.values());
    }

    private void begin(List<Move> batch, Set<TopicPartition> refused) {
        if (batch.isEmpty()) {
            return;
        }
        Map<TopicPartition, Optional<NewPartitionReassignment>> request = new HashMap<>();
        for (Move move : batch) {
            request.put(move.partition(), Optional.of(new NewPartitionReassignment(move.to())));
        }
        admin.alterPartitionReassignments(request)
                .values()
                .forEach((partition, answer) -> {
                    try {
                        await(answer);
                    } catch (UnknownTopicOrPartitionException deleted) {
                        // counts as moved
                    } catch (InvalidReplicaAssignmentException no) {
                        refused.add(partition);
                        say.accept(partition + " stays where it is: " + no.getMessage());
                    }
                });
    }

    private List<Move> arrived(Map<TopicPartition, Move> underWay) {
        Set<TopicPartition> moving =
                await(admin.listPartitionReassignments().reassignments()).keySet();
        return underWay.values().stream()
                .filter(move -> !moving.contains(move.partition()))
                .toList();
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
