package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ReplicaRoleTest {
    private static final ReplicaRole LEADER_AT_7 = ReplicaRole.Leader.alone(7, 1);

    private static final ReplicaRole FOLLOWER_AT_7 = new ReplicaRole.Follower(7, 2);

    record Case(String name, ReplicaRole role, int requestEpoch, Errors want) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("older client sends no epoch", LEADER_AT_7, -1, Errors.NONE),
                new Case("client knows this epoch", LEADER_AT_7, 7, Errors.NONE),
                new Case("client is behind", LEADER_AT_7, 6, Errors.FENCED_LEADER_EPOCH),
                new Case("client is ahead", LEADER_AT_7, 8, Errors.UNKNOWN_LEADER_EPOCH),
                new Case(
                        "follower",
                        new ReplicaRole.Follower(7, 2),
                        7,
                        Errors.NOT_LEADER_OR_FOLLOWER),
                new Case(
                        "offline",
                        new ReplicaRole.Offline(7, "disk"),
                        7,
                        Errors.KAFKA_STORAGE_ERROR));
    }

    static Stream<Case> ofAnyReplica() {
        return Stream.of(
                new Case("leader", LEADER_AT_7, 6, Errors.FENCED_LEADER_EPOCH),
                new Case("follower, no epoch", FOLLOWER_AT_7, -1, Errors.NONE),
                new Case("follower, its epoch", FOLLOWER_AT_7, 7, Errors.NONE),
                new Case("client is behind", FOLLOWER_AT_7, 6, Errors.FENCED_LEADER_EPOCH),
                new Case("client is ahead", FOLLOWER_AT_7, 8, Errors.UNKNOWN_LEADER_EPOCH),
                new Case(
                        "offline",
                        new ReplicaRole.Offline(7, "disk"),
                        7,
                        Errors.KAFKA_STORAGE_ERROR));
    }

    @ParameterizedTest
    @MethodSource("ofAnyReplica")
    void fencesReadersOfAnyReplica(Case each) {
        assertEquals(each.want, each.role.fenceReplica(each.requestEpoch));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void fencesByLeaderEpoch(Case each) {
        assertEquals(each.want, each.role.fence(each.requestEpoch));
    }

    record Before(String name, ReplicaRole before, boolean want) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Before> roles() {
        var now = new ReplicaRole.Leader(7, 3, List.of(1, 2), List.of(2, 3));
        return Stream.of(
                new Before("it has followed", FOLLOWER_AT_7, true),
                new Before("the same", now, false),
                new Before(
                        "another in-sync set",
                        new ReplicaRole.Leader(7, 2, List.of(1, 2, 3), List.of(2, 3)),
                        false),
                new Before(
                        "an epoch before",
                        new ReplicaRole.Leader(6, 2, List.of(1, 2), List.of(2, 3)),
                        true),
                new Before(
                        "one replica less",
                        new ReplicaRole.Leader(7, 2, List.of(1, 2), List.of(2)),
                        true));
    }

    @ParameterizedTest
    @MethodSource("roles")
    void whatFollowersHaveToAskFor(Before each) {
        var now = new ReplicaRole.Leader(7, 3, List.of(1, 2), List.of(2, 3));

        assertEquals(each.want, now.isNewToFollowers(each.before));
        assertFalse(FOLLOWER_AT_7.isNewToFollowers(each.before));
        assertFalse(ReplicaRole.Leader.alone(8, 1).isNewToFollowers(each.before));
    }
}
