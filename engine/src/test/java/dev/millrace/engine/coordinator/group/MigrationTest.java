package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Groups go from one protocol to the other while their members go on (KIP-848): topic t has partitions 0 to 3, every change is
/// answered by an assignment at once.
final class MigrationTest {
    private ConsumerWorld world = new ConsumerWorld();

    private static ConsumerWorld with(UnaryOperator<ConsumerGroupConfig> change) {
        var config = ConsumerWorld.config(0);
        var world = new ConsumerWorld(1, config.withConsumer(change.apply(config.consumer())));
        world.metadata.topic("t", 4, 1);
        return world;
    }

    private static ConsumerWorld with(MigrationPolicy policy) {
        return with(config -> config.withMigrationPolicy(policy));
    }

    private ClassicConsumer eager() {
        return new ClassicConsumer(world, null, false);
    }

    private ClassicConsumer cooperative() {
        return new ClassicConsumer(world, null, true);
    }

    private Group.@Nullable Kind kind() {
        Group group = world.world.shard().group(ConsumerWorld.GROUP);
        return group == null ? null : group.kind();
    }

    private static Errors error(
            org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData answer) {
        return ConsumerWorld.error(answer);
    }

    // ---- upgrade

    @Test
    void aMemberThatGivesUpEverythingToJoinGoesOnInTheUpgradedGroup() {
        ClassicConsumer old = eager();
        old.takePart();
        assertEquals("t0 t1 t2 t3", old.has);

        var young = world.member("young");
        assertEquals(2, young.join("t").memberEpoch());
        assertEquals(Group.Kind.CONSUMER, kind());
        assertEquals("", young.has, "everything is the other's still (G1)");

        assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat());
        old.takePart();
        assertEquals(2, old.generation);
        assertEquals(2, old.has.split(" ").length);
        young.beat();
        assertEquals(2, young.has.split(" ").length);
        assertEquals(Errors.NONE, old.beat());
        assertEquals("Stable", world.world.state());
    }

    @Test
    void aMemberThatKeepsWhatItHasGivesUpItsShareFirst() {
        ClassicConsumer old = cooperative();
        old.takePart();
        var young = world.member("young");
        young.join("t");

        old.takePart();
        assertEquals(1, old.generation, "not yet at the new epoch: it has to give up first");
        assertEquals(2, old.has.split(" ").length);
        young.beat();
        assertEquals("", young.has);
        assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat());
        old.takePart();
        assertEquals(2, old.generation);
        young.beat();
        assertEquals(2, young.has.split(" ").length);
        assertEquals(Errors.NONE, old.beat());
    }

    @Test
    void whatIsNotReleasedYetIsWaitedForWithoutJoining() {
        var young = world.member("young");
        young.join("t");
        ClassicConsumer old = eager();
        old.takePart();
        assertEquals("", old.has);
        assertEquals(Errors.NONE, old.beat(), "nothing to fetch yet");

        young.beat();
        young.own();
        assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat(), "now there is");
        old.takePart();
        assertEquals(2, old.has.split(" ").length);
    }

    @Test
    void whoWaitsForTheClassicGroupJoinsTheOther() {
        ClassicConsumer first = eager();
        first.takePart();
        ClassicConsumer second = eager();
        second.joined(Objects.requireNonNull(GroupWorld.now(second.askJoin())));
        var waiting = second.askJoin();
        assertNull(GroupWorld.now(waiting));

        world.member("young").join("t");
        var answer = Objects.requireNonNull(GroupWorld.now(waiting));
        assertEquals(Errors.REBALANCE_IN_PROGRESS, second.joined(answer));
        second.takePart();
        assertEquals(3, world.group().size());
    }

    /// The one that joined gets its share, though the static member that upgrades the group takes but its own place.
    @Test
    void aRebalanceThatWasDueIsDueInTheUpgradedGroup() {
        new ClassicConsumer(world, "i1", false).takePart();
        ClassicConsumer second = eager();
        second.joined(Objects.requireNonNull(GroupWorld.now(second.askJoin())));
        var waiting = second.askJoin();
        assertEquals("PreparingRebalance", world.world.state());

        var young = world.fixed("young", "i1");
        young.join("t");
        second.joined(Objects.requireNonNull(GroupWorld.now(waiting)));
        for (int round = 0; round < 3; round++) {
            second.takePart();
            young.own();
        }
        second.takePart();
        assertEquals(2, young.has.split(" ").length, young.has);
        assertEquals(2, second.has.split(" ").length, second.has);
    }

    /// What its members hold they hold until they say otherwise, also when the rebalance that would tell them has begun again.
    @Test
    void anUpgradeDuringARebalanceLeavesEverybodyWhatItHas() {
        var first = new ClassicConsumer(world, null, true);
        first.takePart();
        ClassicConsumer second = eager();
        second.joined(Objects.requireNonNull(GroupWorld.now(second.askJoin())));
        var secondJoins = second.askJoin();
        first.join();
        assertEquals(
                Errors.NONE, second.joined(Objects.requireNonNull(GroupWorld.now(secondJoins))));
        ClassicConsumer third = eager();
        third.joined(Objects.requireNonNull(GroupWorld.now(third.askJoin())));
        var thirdJoins = third.askJoin();
        assertNull(GroupWorld.now(thirdJoins));
        assertEquals("PreparingRebalance", world.world.state());

        var young = world.member("young");
        young.join("t");
        assertEquals("t0 t1 t2 t3", first.has);
        assertEquals("", young.has, "everything is the first one's still (G1)");
    }

    /// The leader took half from the first member, which has not heard it: no rebalance follows in which it would say that it
    /// has given it up, and nobody else gets it before.
    @Test
    void whatACooperativeMemberWasAboutToGiveUpIsWaitedFor() {
        ClassicConsumer first = cooperative();
        first.takePart();
        ClassicConsumer second = cooperative();
        second.joined(Objects.requireNonNull(GroupWorld.now(second.askJoin())));
        var secondJoins = second.askJoin();
        first.join();
        second.joined(Objects.requireNonNull(GroupWorld.now(secondJoins)));
        var unheard = first.askSync();
        second.sync();
        assertEquals("t0 t1 t2 t3", first.has);
        assertEquals("", second.has);

        var young = world.member("young");
        young.join("t");
        assertEquals("", young.has, "the first one may read everything still (G1)");
        first.synced(Objects.requireNonNull(GroupWorld.now(unheard)));
        assertEquals("t0 t2", first.has);
        assertEquals(Errors.REBALANCE_IN_PROGRESS, first.beat());
        first.takePart();
        first.takePart();
        second.takePart();
        young.beat();
        assertEquals(4, (first.has + " " + second.has + " " + young.has).split(" ").length);
    }

    /// A log has a record for each generation: the last one has what the member said last.
    @Test
    void whatAMemberSaidLastIsKnownAfterACrash() {
        ClassicConsumer old = cooperative();
        old.takePart();
        old.takePart();
        world.world.crash();
        var group = Objects.requireNonNull(world.world.shard().classicGroup(ConsumerWorld.GROUP));
        var member = Objects.requireNonNull(group.member(old.memberId));
        assertArrayEquals(
                ClassicConsumer.subscription(ClassicConsumer.partitions("t0 t1 t2 t3")),
                member.metadata("range").get());
    }

    /// @param why of the answer's message; empty when the group is upgraded
    record Case(
            String name,
            UnaryOperator<ConsumerGroupConfig> config,
            UnaryOperator<ClassicConsumer> member,
            String why) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static ClassicConsumer connect(ClassicConsumer member) {
        member.protocolType = "connect";
        return member;
    }

    private static ClassicConsumer withUserData(ClassicConsumer member) {
        member.userData = new byte[] {1};
        return member;
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("as it comes", c -> c, m -> m, ""),
                new Case(
                        "only this way",
                        c -> c.withMigrationPolicy(MigrationPolicy.UPGRADE),
                        m -> m,
                        ""),
                new Case(
                        "only the other way",
                        c -> c.withMigrationPolicy(MigrationPolicy.DOWNGRADE),
                        m -> m,
                        "online upgrade is disabled"),
                new Case(
                        "neither way",
                        c -> c.withMigrationPolicy(MigrationPolicy.DISABLED),
                        m -> m,
                        "online upgrade is disabled"),
                new Case(
                        "no consumers",
                        c -> c,
                        MigrationTest::connect,
                        "the group does not use the consumer embedded protocol"),
                new Case(
                        "an assignor of their own",
                        c -> c,
                        MigrationTest::withUserData,
                        "an unsupported custom assignor is in use. Please refer to the"
                                + " documentation or switch to a default assignor before"
                                + " re-attempting the upgrade"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aGroupIsUpgradedOrSaysWhyNot(Case c) {
        world = with(c.config);
        ClassicConsumer old = c.member.apply(eager());
        old.takePart();
        var answer = world.member("young").join("t");
        if (c.why.isEmpty()) {
            assertEquals(Errors.NONE, error(answer));
            assertEquals(Group.Kind.CONSUMER, kind());
        } else {
            assertEquals(Errors.GROUP_ID_NOT_FOUND, error(answer));
            assertEquals(
                    "Cannot upgrade classic group g to consumer group because " + c.why + ".",
                    answer.errorMessage());
            assertEquals(Group.Kind.CLASSIC, kind());
            assertEquals(Errors.NONE, old.beat(), "nothing has happened to it");
        }
    }

    @Test
    void bytesThatAreNoSubscriptionAreNotUpgraded() {
        ClassicConsumer old = eager();
        old.joined(Objects.requireNonNull(GroupWorld.now(old.askJoin(new byte[] {0, 1, 9}))));
        old.joined(Objects.requireNonNull(GroupWorld.now(old.askJoin(new byte[] {0, 1, 9}))));
        old.sync();
        assertEquals(
                "Cannot upgrade classic group g to consumer group because the embedded consumer protocol is malformed.",
                world.member("young").join("t").errorMessage());
    }

    @Test
    void aGroupThatIsTooLargeIsNotUpgraded() {
        world = with(config -> config.withMaxSize(1));
        ClassicConsumer first = eager();
        first.takePart();
        ClassicConsumer second = eager();
        second.joined(Objects.requireNonNull(GroupWorld.now(second.askJoin())));
        var joining = second.askJoin();
        first.join();
        second.joined(Objects.requireNonNull(GroupWorld.now(joining)));
        assertEquals(
                "Cannot upgrade classic group g to consumer group because the group size exceeds the consumer group maximum size.",
                world.member("young").join("t").errorMessage());
    }

    @Test
    void anUpgradeThatIsNotWrittenHasNotHappened() {
        ClassicConsumer old = eager();
        old.takePart();
        world.world.log.refuseNext(Errors.NOT_ENOUGH_REPLICAS);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, error(world.member("young").join("t")));
        assertEquals(Group.Kind.CLASSIC, kind());
        assertEquals(Errors.NONE, old.beat());
    }

    // ---- classic members of a mixed group

    @Test
    void oneThatIsToldToJoinAndDoesNotIsRemoved() {
        ClassicConsumer old = eager();
        old.takePart();
        var young = world.member("young");
        young.join("t");
        for (int passed = 0; passed < ClassicConsumer.REBALANCE_MS; passed += 5_000) {
            assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat());
            world.pass(5_000);
            young.beat();
        }
        assertEquals(Errors.UNKNOWN_MEMBER_ID, old.beat());
        young.beat();
        assertEquals("t0 t1 t2 t3", young.has);
    }

    @Test
    void oneThatDoesNotFetchWhatItHasIsRemoved() {
        world.member("young").join("t");
        ClassicConsumer old = eager();
        assertEquals(Errors.NONE, old.join());
        for (int passed = 0; passed < ClassicConsumer.REBALANCE_MS; passed += 5_000) {
            assertEquals(Errors.NONE, old.beat());
            world.pass(5_000);
        }
        assertEquals(Errors.UNKNOWN_MEMBER_ID, old.beat());
    }

    @Test
    void oneThatIsNotHeardOfIsRemovedAfterItsOwnSession() {
        world.member("young").join("t");
        ClassicConsumer old = eager();
        old.takePart();
        world.pass(ClassicConsumer.SESSION_MS - 1);
        assertEquals(Errors.NONE, old.beat());
        world.pass(ClassicConsumer.SESSION_MS);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, old.beat());
        assertEquals(1, world.group().size());
    }

    @Test
    void whoIsNotOfThisGenerationIsFenced() {
        var young = world.member("young");
        young.join("t");
        ClassicConsumer old = eager();
        old.takePart();
        old.generation++;
        assertEquals(Errors.ILLEGAL_GENERATION, old.beat());
        assertEquals(Errors.ILLEGAL_GENERATION, old.sync());
        old.generation--;
        ClassicConsumer impostor = eager();
        impostor.memberId = young.id;
        impostor.generation = young.epoch;
        assertEquals(Errors.UNKNOWN_MEMBER_ID, impostor.beat(), "speaks the other protocol");
        assertEquals(Errors.NONE, old.leave());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, old.leave());
    }

    @Test
    void bytesThatAreNoSubscriptionDoNotJoin() {
        world.member("young").join("t");
        ClassicConsumer old = eager();
        old.memberId = "old";
        assertEquals(
                Errors.INCONSISTENT_GROUP_PROTOCOL,
                old.joined(Objects.requireNonNull(GroupWorld.now(old.askJoin(new byte[3])))));
        assertEquals(1, world.group().size());
    }

    @ParameterizedTest
    @EnumSource(MigrationPolicy.class)
    void aClassicMemberJoinsUnlessNothingIsAllowed(MigrationPolicy policy) {
        world = with(policy);
        world.member("young").join("t");
        assertEquals(
                policy == MigrationPolicy.DISABLED
                        ? Errors.INCONSISTENT_GROUP_PROTOCOL
                        : Errors.NONE,
                eager().join());
    }

    @Test
    void aFullGroupTakesNoClassicMember() {
        world = with(config -> config.withMaxSize(1));
        world.member("young").join("t");
        assertEquals(Errors.GROUP_MAX_SIZE_REACHED, eager().join());
    }

    // ---- downgrade

    @Test
    void whenTheLastConsumerProtocolMemberLeavesTheOthersGoOnAsAClassicGroup() {
        ClassicConsumer old = eager();
        old.takePart();
        var young = world.member("young");
        young.join("t");
        old.takePart();
        young.beat();

        young.leave(-1);
        assertEquals(Group.Kind.CLASSIC, kind());
        assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat());
        old.takePart();
        assertEquals("t0 t1 t2 t3", old.has);
        assertEquals(Errors.NONE, old.beat());
        assertEquals(Errors.GROUP_ID_NOT_FOUND, error(young.beat()));
    }

    @Test
    void alsoWhenItDies() {
        ClassicConsumer old = eager();
        old.takePart();
        world.member("young").join("t");
        old.takePart();
        for (int passed = 0; passed < ConsumerWorld.SESSION_MS; passed += 5_000) {
            world.pass(5_000);
            old.beat();
        }
        assertEquals(Group.Kind.CLASSIC, kind());
    }

    @Test
    void theDowngradedGroupRebalancesAlsoWhenACrashComesBetween() {
        ClassicConsumer old = eager();
        old.takePart();
        var young = world.member("young");
        young.join("t");
        old.takePart();
        young.leave(-1);
        world.world.crash();
        var group = Objects.requireNonNull(world.world.shard().classicGroup(ConsumerWorld.GROUP));
        assertEquals("PreparingRebalance", group.stateText());
        assertEquals(2, group.generation());
        assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat());
        old.takePart();
        assertEquals("t0 t1 t2 t3", old.has);
    }

    /// It was to give up half, and has not heard of it before the group is downgraded, and upgraded again.
    @Test
    void aMemberOfTheDowngradedGroupKeepsWhatItHasUntilItJoins() {
        ClassicConsumer old = cooperative();
        old.takePart();
        world.member("young").join("t");
        var leaving = world.member("young");
        leaving.leave(-1);
        assertEquals(Group.Kind.CLASSIC, kind());
        var next = world.member("next");
        next.join("t");
        assertEquals("t0 t1 t2 t3", old.has);
        assertEquals("", next.has, "everything is the other's still (G1)");
    }

    @Test
    void whereThePolicyForbidsItTheyStayAndAreToldToJoin() {
        world = with(MigrationPolicy.UPGRADE);
        ClassicConsumer old = eager();
        old.takePart();
        var young = world.member("young");
        young.join("t");
        old.takePart();
        young.beat();
        young.leave(-1);
        assertEquals(Group.Kind.CONSUMER, kind());
        assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat(), "nobody else would assign");
        old.takePart();
        assertEquals("t0 t1 t2 t3", old.has);
    }

    /// It joined before the downgrade, and was to fetch what it has within 20 s.
    @Test
    void whatADowngradedGroupWasToDoIsNotAskedOfALaterOne() {
        ClassicConsumer old = eager();
        old.takePart();
        var young = world.member("young");
        young.join("t");
        assertEquals(Errors.NONE, old.join());
        young.leave(-1);
        old.takePart();
        assertEquals(Group.Kind.CLASSIC, kind());

        world.member("again").join("t");
        for (int i = 0; i < 4; i++) {
            world.pass(ClassicConsumer.REBALANCE_MS / 4);
            assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat());
        }
    }

    // ---- static members

    @Test
    void aStaticMemberComesBackWithTheOtherProtocol() {
        var old = new ClassicConsumer(world, "i1", false);
        old.takePart();
        var young = world.fixed("young", "i1");
        young.join("t");
        assertEquals(Group.Kind.CONSUMER, kind());
        assertEquals("t0 t1 t2 t3", young.has, "what its earlier self had");
        assertEquals(1, world.group().size());
        assertEquals(Errors.FENCED_INSTANCE_ID, old.beat());
    }

    @Test
    void andBackWithoutARebalanceWhenEverybodyHasWhatItShould() {
        var other = new ClassicConsumer(world, "i2", false);
        other.takePart();
        var young = world.fixed("young", "i1");
        young.join("t");
        other.takePart();
        young.beat();
        String had = young.has;
        int epoch = other.generation;

        var old = new ClassicConsumer(world, "i1", false);
        old.takePart();
        assertEquals(Group.Kind.CLASSIC, kind());
        assertEquals("Stable", world.world.state());
        assertEquals(had, old.has);
        assertEquals(epoch, old.generation);
        assertEquals(Errors.NONE, other.beat());
    }

    @Test
    void withARebalanceWhenSomebodyHasNot() {
        var other = new ClassicConsumer(world, "i2", false);
        other.takePart();
        world.fixed("young", "i1").join("t");
        var old = new ClassicConsumer(world, "i1", false);
        assertEquals(Errors.NONE, old.join());
        assertEquals("PreparingRebalance", world.world.state());
        assertEquals(Errors.REBALANCE_IN_PROGRESS, old.sync());
    }

    // ---- groups without members

    @Test
    void anEmptyGroupFollowsWhoeverJoins() {
        world = with(MigrationPolicy.DISABLED);
        ClassicConsumer old = eager();
        old.takePart();
        assertEquals(Errors.NONE, world.commit(9, old.memberId, old.generation, "t0", 7));
        old.leave();

        var young = world.member("young");
        assertEquals(Errors.NONE, error(young.join("t")));
        assertEquals(Group.Kind.CONSUMER, kind());
        young.leave(-1);

        ClassicConsumer again = eager();
        again.takePart();
        assertEquals(Group.Kind.CLASSIC, kind());
        assertEquals("t0 t1 t2 t3", again.has);
        assertEquals(7, world.world.offset(0), "offsets stay");
        world.world.crash();
        assertEquals(Group.Kind.CLASSIC, kind());
        assertEquals(Errors.NONE, again.beat());
    }

    @Test
    void anUnknownMemberOfAnEmptyGroupChangesNothing() {
        var young = world.member("young");
        young.join("t");
        young.leave(-1);
        ClassicConsumer old = eager();
        old.memberId = "nobody";
        assertEquals(Errors.UNKNOWN_MEMBER_ID, old.join());
        assertEquals(Group.Kind.CONSUMER, kind());
    }

    // ---- crashes

    @Test
    void theUpgradedGroupIsTheSameAfterACrash() {
        ClassicConsumer old = cooperative();
        old.takePart();
        var young = world.member("young");
        young.join("t");
        var before = new TreeMap<>(world.group().members());
        var targets = world.group().target(young.id);
        world.world.crash();
        assertEquals(before, world.group().members());
        assertEquals(targets, world.group().target(young.id));
        assertNotNull(Objects.requireNonNull(world.group().member(old.memberId)).said().classic());
        assertNotEquals(0, world.group().epoch());
        assertEquals(Errors.REBALANCE_IN_PROGRESS, old.beat());
    }

    @Test
    void anUpgradeThatWasNotCommittedLeavesTheClassicGroup() {
        ClassicConsumer old = eager();
        old.takePart();
        world.world.log.commitAtOnce(false);
        var young = world.member("young");
        assertNull(GroupWorld.now(world.ask(young.joining("t"))));
        world.world.crash();
        world.world.log.commitAtOnce(true);
        assertEquals(Group.Kind.CLASSIC, kind());
        assertEquals(Errors.NONE, old.beat());
    }
}
