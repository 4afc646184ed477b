package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every bug planted into the coordinator of groups is caught, and the coordinator as it is is not.
class GroupMutantsTest {
    private static final int SEEDS = 300;
    private static final List<String> OWN = List.of("dev.millrace.engine.coordinator.");
    private static final Ground CLASSIC =
            new Ground(
                    "dev.millrace.engine.coordinator",
                    OWN,
                    "dev.millrace.engine.coordinator.group.ClassicProbe");

    private static final Ground CONSUMERS =
            new Ground(
                    "dev.millrace.engine.coordinator.group",
                    OWN,
                    "dev.millrace.engine.coordinator.group.ConsumerProbe");

    private static final Ground MIXED =
            new Ground(
                    "dev.millrace.engine.coordinator.group",
                    OWN,
                    "dev.millrace.engine.coordinator.group.MixedProbe");

    private static final Ground STREAMS =
            new Ground(
                    "dev.millrace.engine.coordinator.group",
                    OWN,
                    "dev.millrace.engine.coordinator.group.StreamsProbe");

    private static final List<Ground> GROUNDS = List.of(CLASSIC, CONSUMERS, MIXED, STREAMS);

    static Stream<Mutant> mutants() {
        return Stream.of(classic(), consumers(), mixed(), streams()).flatMap(bugs -> bugs);
    }

    private static Stream<Mutant> classic() {
        return Stream.of(
                CLASSIC.bug(
                        "answers before the commit",
                        "CommitGate",
                        "if (commit.isDone()) {\n            return commit;",
                        "if (true) {\n            return CompletableFuture.completedFuture(Errors.NONE);"),
                CLASSIC.bug(
                        "a commit that takes too long is taken for done",
                        "CommitGate",
                        "oldest.gate.complete(Errors.COORDINATOR_NOT_AVAILABLE)",
                        "oldest.gate.complete(Errors.NONE)"),
                CLASSIC.bug(
                        "a refused append is answered as if written",
                        "Shard",
                        "case CoordinatorLog.Append.Refused(Errors error) -> error;",
                        "case CoordinatorLog.Append.Refused(Errors error) -> Errors.NONE;"),
                CLASSIC.bug(
                        "an answer of the old leadership after it is lost",
                        "Shard",
                        "gate.fail(Errors.NOT_COORDINATOR);",
                        "gate.fail(Errors.NONE);"),
                CLASSIC.bug(
                        "a commit of another generation is taken",
                        "group/MemberFencing",
                        "return generation == group.generation() ? Errors.NONE : Errors.ILLEGAL_GENERATION;",
                        "return Errors.NONE;"),
                CLASSIC.bug(
                        "whoever says so is a member",
                        "group/MemberFencing",
                        "return group.hasMember(memberId) ? Errors.NONE : Errors.UNKNOWN_MEMBER_ID;",
                        "return Errors.NONE;"),
                CLASSIC.bug(
                        "the generation does not rise", "group/ClassicGroup", "generation++;", ""),
                CLASSIC.bug(
                        "after loading no session begins",
                        "group/ClassicRebalances",
                        "for (ClassicMember member : group.members()) {\n            touch(group, member);",
                        "for (ClassicMember member : List.<ClassicMember>of()) {\n            touch(group, member);"),
                CLASSIC.bug(
                        "sessions do not end",
                        "group/ClassicRebalances",
                        "if (member != null && (member.isNew() || !isWaiting(group, memberId))) {",
                        "if (false) {"),
                CLASSIC.bug(
                        "assignments are not loaded",
                        "group/ClassicMember",
                        "facts.assignment(),\n                false);",
                        "NOTHING,\n                false);"),
                CLASSIC.bug(
                        "a group that is loaded keeps its first protocol",
                        "group/ClassicGroup",
                        "stable.protocol().equals(protocol)",
                        "stable.protocol() != null"));
    }

    private static Stream<Mutant> consumers() {
        return Stream.of(
                CONSUMERS.bug(
                        "a partition is given before its owner has given it up",
                        "ConsumerDraft",
                        "return owner == null\n",
                        "return owner != null || owner == null\n"),
                CONSUMERS.bug(
                        "what must be given up is taken for given up",
                        "ConsumerReconciliation",
                        "if (!revoking.isEmpty() && holdsAny(told.owned(), revoking)) {",
                        "if (false) {"),
                CONSUMERS.bug(
                        "who does not say what it holds holds nothing",
                        "ConsumerReconciliation",
                        "if (owned == null) {\n            return true;",
                        "if (owned == null) {\n            return false;"),
                CONSUMERS.bug(
                        "what is being given up has no owner",
                        "ConsumerGroup",
                        "own(member.id(), member.current().revoking());",
                        ""),
                CONSUMERS.bug(
                        "nobody is given what a member leaves behind",
                        "ConsumerLeaves",
                        "int epoch = group.epoch() + 1;",
                        "int epoch = group.epoch();"),
                CONSUMERS.bug(
                        "new topics and partitions are not noticed",
                        "ConsumerSteps",
                        "if (asks || hash != group.metadataHash()) {",
                        "if (asks) {"),
                CONSUMERS.bug(
                        "a commit of any epoch is taken",
                        "ConsumerFencing",
                        "return wasItsOwn ? Errors.NONE : stale(member);",
                        "return Errors.NONE;"),
                CONSUMERS.bug(
                        "any earlier epoch is taken for a lost answer",
                        "ConsumerFencing",
                        "&& claimed == current.previousEpoch()\n                        && owned != null\n                        && isWithin(owned, current.assigned());",
                        ";"),
                CONSUMERS.bug(
                        "a session that ends changes nothing",
                        "ConsumerLeaves",
                        "return group == null || member == null\n                ? Decision.answer(false)",
                        "return true\n                ? Decision.answer(false)"));
    }

    private static Stream<Mutant> mixed() {
        return Stream.of(
                MIXED.bug(
                        "an upgrade forgets what members have not given up",
                        "Upgrade",
                        "if (others.add(partition)) {",
                        "if (!others.add(partition)) {"));
    }

    private static Stream<Mutant> streams() {
        return Stream.of(
                STREAMS.bug(
                        "a task is given while somebody else has it",
                        "StreamsReconciliation",
                        "return !holders.isActive(subtopology, partition)\n                    &&",
                        "return true\n                    &&"),
                STREAMS.bug(
                        "what is being given up has no holder",
                        "StreamsGroup",
                        "        holders.add(member.id(), member.current().revoking());\n",
                        ""),
                STREAMS.bug(
                        "what must be given up is taken for given up",
                        "StreamsReconciliation",
                        "boolean gives = !revoking.isEmpty() && stillHolds(revoking);",
                        "boolean gives = false;"),
                STREAMS.bug(
                        "who does not say what it has has nothing",
                        "StreamsReconciliation",
                        "return told == null || told.holdsAny(tasks);",
                        "return told != null && told.holdsAny(tasks);"),
                STREAMS.bug(
                        "a commit of an earlier epoch is taken, whosever the task was",
                        "StreamsFencing",
                        "|| (epoch < member.epoch() && hadAllSince(group, member, request));",
                        "|| epoch < member.epoch();"),
                STREAMS.bug(
                        "a task counts as held since before it was given",
                        "StreamsReconciliation",
                        "added.addActive(task, goal.epoch());",
                        "added.addActive(task, current.epoch());"),
                STREAMS.bug(
                        "a heartbeat of any earlier epoch is taken",
                        "StreamsFencing",
                        "if (epoch == 0 || epoch == member.epoch()) {",
                        "if (epoch <= member.epoch()) {"),
                STREAMS.bug(
                        "nobody is given what a member leaves behind",
                        "StreamsLeaves",
                        "int epoch = before.epoch() + 1;",
                        "int epoch = before.epoch();"),
                STREAMS.bug(
                        "topics that change are not looked at again",
                        "StreamsWatch",
                        "return checked == topics;",
                        "return checked != null;"),
                STREAMS.bug(
                        "who gives nothing up is left alone",
                        "StreamsTimers",
                        "() -> expiry.revocationOver(group, member.id(), epoch));",
                        "() -> Decision.answer(epoch));"));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void isCaught(Mutant mutant) throws Exception {
        int seeds = mutant.seedsToCatch(SEEDS);
        System.out.printf("caught after %3d seeds: %s%n", seeds, mutant.name());
        assertTrue(seeds > 0, mutant.name() + " survives " + SEEDS + " seeds");
    }

    @Test
    void theCoordinatorAsItIsPasses() throws Exception {
        for (Ground ground : GROUNDS) {
            assertEquals(-1, ground.asItIs().seedsToCatch(20));
        }
    }
}
