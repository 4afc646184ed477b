package dev.millrace.broker;

import dev.millrace.engine.check.Invariant;
import java.util.OptionalInt;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.raft.LeaderAndEpoch;

/// Prepares on a second core what a start needs a little later, while the first reads the settings and takes the directories.
///
/// Nothing depends on it: whoever comes to one of these first prepares it himself. They are chosen by measuring, and none of them
/// waits for anything that a start holds while it waits for them.
public final class Ahead {
    private Ahead() {}

    /// To be called first of all.
    public static void begin() {
        Thread.ofPlatform().name("ahead").daemon().start(Ahead::prepare);
    }

    private static void prepare() {
        schemas();
        electedLeader();
    }

    /// The schemas of every version of every API: five hundred classes.
    private static void schemas() {
        Invariant.check(ApiKeys.values().length > 0, "there are APIs");
    }

    /// What compares the records of Kafka's quorum is made when it is first used, and no start-up cache holds it.
    private static void electedLeader() {
        var nobody = new LeaderAndEpoch(OptionalInt.empty(), 0);
        var somebody = new LeaderAndEpoch(OptionalInt.of(1), 0);
        Invariant.check(!nobody.equals(somebody), "nobody is not somebody");
    }
}
