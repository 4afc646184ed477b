package dev.millrace.engine.metadata;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.quorum.QuorumEngine;
import dev.millrace.engine.quorum.QuorumEngine.Proposal;
import dev.millrace.engine.quorum.QuorumLeader;
import dev.millrace.engine.quorum.QuorumListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// Who decides what the cluster's metadata becomes, on the node that leads the quorum; on every other node it only lets the
/// image follow.
///
/// ```
/// submit --decide on the newest image--> propose --commit--> Metadata applies --> the stage completes
/// ```
/// The newest image runs ahead of the committed one by the batches that are proposed and not committed yet, so that a
/// decision sees the one before it. When leadership ends, that image is dropped and those who wait are told
/// `NOT_CONTROLLER`: their batches may still be committed by the next leader, and a client that asks again finds out.
public final class Controller implements QuorumListener {
    /// Decisions that wait for their commit. One more is refused at once, as if it had timed out.
    static final int MAX_PENDING = 10_000;

    private static final long DEFAULT_TIMEOUT_MS = 60_000;

    private final QuorumEngine quorum;
    private final Metadata metadata;
    private final Timers timers;
    private final Turn turn;
    private final SnapshotSchedule snapshots;
    private final Function<MetadataImage, List<ApiMessageAndVersion>> onClaim;

    /// In order of offset.
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();

    /// The newest image while this node leads; null on a standby.
    private @Nullable MetadataImage newest;

    private int epoch;

    /// What formatting has written for the first leader to begin with.
    private List<ApiMessageAndVersion> formatted = List.of();

    private Runnable leading = () -> {};

    /// @param onClaim the records that a new leader writes first, such as the bootstrap records on an empty image
    public Controller(
            QuorumEngine quorum,
            Metadata metadata,
            Timers timers,
            Turn turn,
            SnapshotSchedule snapshots,
            Function<MetadataImage, List<ApiMessageAndVersion>> onClaim) {
        this.quorum = quorum;
        this.metadata = metadata;
        this.timers = timers;
        this.turn = turn;
        this.snapshots = snapshots;
        this.onClaim = onClaim;
        quorum.listen(this);
    }

    /// A decision that was proposed, and what to do once it is committed.
    private record Pending(long lastOffset, Runnable complete, CompletableFuture<?> stage) {}

    /// As [#submit(long, Function)] with a minute's patience.
    public <R> CompletionStage<R> submit(Function<MetadataImage, Decision<R>> decide) {
        return submit(DEFAULT_TIMEOUT_MS, decide);
    }

    /// Decides in the controller's turn, on the newest image, and proposes the records as one batch. Any thread, holding no
    /// turn of a partition.
    ///
    /// @param decide pure; may throw an `ApiException` to refuse the whole request
    /// @return completes when the records are committed and applied on this node (a decision without records: when everything
    ///     it saw is); fails with what `decide` threw, `NotControllerException`, or `TimeoutException`
    public <R> CompletionStage<R> submit(
            long timeoutMs, Function<MetadataImage, Decision<R>> decide) {
        CompletableFuture<R> stage = begin(decide);
        if (!stage.isDone()) {
            var timer =
                    timers.schedule(
                            timeoutMs,
                            () ->
                                    stage.completeExceptionally(
                                            new TimeoutException(
                                                    "The decision was not committed within "
                                                            + timeoutMs
                                                            + " ms.")));
            return stage.whenComplete((_, _) -> timer.cancel());
        }
        return stage;
    }

    /// As [#submit(long, Function)], with no `TimeoutException` however long this node takes to apply what was committed: in its own
    /// registration it opens its logs, and after a crash that takes as long as there is to check.
    public <R> CompletionStage<R> submitPatiently(Function<MetadataImage, Decision<R>> decide) {
        return begin(decide);
    }

    private <R> CompletableFuture<R> begin(Function<MetadataImage, Decision<R>> decide) {
        var stage = new CompletableFuture<R>();
        turn.run(() -> decideAndPropose(decide, stage));
        quorum.schedule();
        return stage;
    }

    private <R> void decideAndPropose(
            Function<MetadataImage, Decision<R>> decide, CompletableFuture<R> stage) {
        MetadataImage before = newest;
        if (before == null) {
            stage.completeExceptionally(notController());
            return;
        }
        if (pending.size() >= MAX_PENDING) {
            stage.completeExceptionally(
                    new TimeoutException(
                            MAX_PENDING + " decisions wait for their commit already."));
            return;
        }
        Decision<R> decision;
        try {
            decision = decide.apply(before);
        } catch (ApiException refusal) {
            stage.completeExceptionally(refusal);
            return;
        }
        if (!decision.records().isEmpty() && !propose(before, decision.records(), stage)) {
            return;
        }
        long waitFor = java.util.Objects.requireNonNull(newest).offset();
        Runnable complete = () -> stage.complete(decision.response());
        if (waitFor <= metadata.image().offset()) {
            complete.run();
        } else {
            pending.add(new Pending(waitFor, complete, stage));
        }
    }

    private boolean propose(
            MetadataImage before, List<ApiMessageAndVersion> records, CompletableFuture<?> stage) {
        MetadataImage after = before;
        for (ApiMessageAndVersion record : records) {
            after = after.replay(record.message(), after.offset() + 1, epoch);
        }
        Proposal answer = quorum.propose(epoch, records);
        // The first use of a switch over types costs milliseconds, which a start has not to pay.
        if (answer instanceof Proposal.Accepted(long lastOffset)) {
            Invariant.check(
                    lastOffset >= after.offset(),
                    "a batch is appended after the one before",
                    lastOffset,
                    after.offset());
            newest = after.at(lastOffset, epoch);
            return true;
        }
        stage.completeExceptionally(refusal(answer));
        return false;
    }

    private RuntimeException refusal(Proposal answer) {
        return switch (answer) {
            case Proposal.Accepted _ -> throw Invariant.unreachable("an accepted proposal");
            case Proposal.NotLeader() -> notController();
            case Proposal.TooLarge() ->
                    new PolicyViolationException(
                            "The request changes more than one batch of the metadata log holds.");
            case Proposal.Overloaded() ->
                    new TimeoutException("The metadata log does not keep up.");
        };
    }

    private NotControllerException notController() {
        QuorumLeader leader = metadata.controller();
        return new NotControllerException(
                leader.known()
                        ? "The active controller appears to be node " + leader.id() + "."
                        : "No controller appears to be active.");
    }

    @Override
    public void onCommit(List<CommittedBatch> batches) {
        metadata.apply(batches);
        completeUpTo(metadata.image().offset());
        MetadataImage image = metadata.image();
        if (snapshots.due(batches) && !metadata.inTransaction()) {
            quorum.writeSnapshot(
                    image.offset(),
                    image.epoch(),
                    batches.getLast().appendedAtMs(),
                    ImageRecords.of(image));
            snapshots.taken();
        }
    }

    private void completeUpTo(long offset) {
        var done = new ArrayList<Runnable>();
        turn.run(() -> {
            while (!pending.isEmpty() && pending.getFirst().lastOffset() <= offset) {
                done.add(pending.removeFirst().complete());
            }
        });
        done.forEach(Runnable::run);
    }

    @Override
    public void onSnapshot(LoadedSnapshot snapshot) {
        if (snapshot.lastOffset() < 0 && !snapshot.records().isEmpty()) {
            // Not every node has it: it counts when a leader has written it into the log.
            turn.run(() -> formatted = snapshot.records());
            return;
        }
        metadata.load(snapshot);
        snapshots.taken();
    }

    @Override
    public void onLeader(QuorumLeader leader) {
        metadata.leader(leader);
        var dropped = new ArrayList<Pending>();
        turn.run(() -> {
            dropped.addAll(pending);
            pending.clear();
            epoch = leader.epoch();
            newest = leader.id() == quorum.nodeId() ? metadata.image() : null;
            if (newest != null) {
                claim(newest);
            }
        });
        for (Pending waiting : dropped) {
            waiting.stage().completeExceptionally(notController());
        }
        quorum.schedule();
        if (leader.id() == quorum.nodeId()) {
            leading.run();
        }
    }

    /// @param begins run by the thread that steps the quorum, whenever this node begins to lead, with everything of earlier epochs in the
    ///     image; must not block
    public void whenLeading(Runnable begins) {
        leading = begins;
    }

    /// What formatting has written for the first leader of a new cluster. In this controller's turn.
    public List<ApiMessageAndVersion> formatted() {
        return formatted;
    }

    /// The log may end behind the last metadata record: the new leader's epoch begins with a control record of the quorum's.
    private void claim(MetadataImage image) {
        List<ApiMessageAndVersion> first = onClaim.apply(image);
        if (!first.isEmpty()) {
            propose(image, first, new CompletableFuture<Void>());
        }
    }
}
