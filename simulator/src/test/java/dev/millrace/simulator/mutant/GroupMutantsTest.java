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
    private static final int SEEDS = 200;
    private static final List<String> OWN = List.of("dev.millrace.engine.coordinator.");
    private static final Ground CLASSIC =
            new Ground(
                    "dev.millrace.engine.coordinator",
                    OWN,
                    "dev.millrace.engine.coordinator.group.ClassicProbe");

    static Stream<Mutant> mutants() {
        return Stream.of(
                CLASSIC.bug(
                        "answers before the commit",
                        "CommitGate",
                        "if (commit.isDone()) {\n            return commit;",
                        "if (true) {\n            return CompletableFuture.completedFuture(Errors.NONE);"),
                CLASSIC.bug(
                        "a commit that takes too long is taken for done",
                        "CommitGate",
                        "oldest.gate.complete(Errors.COORDINATOR_NOT_AVAILABLE);",
                        "oldest.gate.complete(Errors.NONE);"),
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
                        "NOTHING,\n                false);"));
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
        assertEquals(-1, CLASSIC.asItIs().seedsToCatch(20));
    }
}
