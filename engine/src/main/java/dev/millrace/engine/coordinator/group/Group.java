package dev.millrace.engine.coordinator.group;

import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A group, of whatever protocol: as much of it as offsets and administrators need.
///
/// **Owner.** The shard that its id falls to. Changed by replay, and by the effects of its own protocol.
sealed interface Group permits ClassicGroup, ConsumerGroup, StreamsGroup {
    /// The protocols, under Kafka's names of them.
    enum Kind {
        CLASSIC("classic"),
        CONSUMER("consumer"),
        STREAMS("streams");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    String id();

    Kind kind();

    /// What its members call what they do ("consumer", "connect"); empty when nobody ever joined.
    String protocolType();

    /// Kafka's name of its state.
    String stateText();

    /// How many members it has.
    int size();

    /// Has it no members? Only then may it be deleted, and may anybody commit for it.
    boolean isEmpty();

    /// Has it a record of its own in the log, or is it known by its offsets only?
    boolean isStored();

    /// Which topics do members read now, as far as can be seen? Their offsets must stay. Worked out once for all topics that are asked
    /// about in one turn.
    Predicate<String> subscribedTopics();

    /// From when on do its offsets age?
    default OffsetAge offsetAge() {
        return new OffsetAge.SinceCommit();
    }

    /// May that member commit in that generation, or at that member epoch (G2)?
    Errors admitCommit(Caller caller, OffsetCommitRequestData request);

    /// The same of a commit in a transaction: who names no member may, since older producers do not know for whom they commit.
    Errors admitTransactionalCommit(OffsetCommitRequestData request);

    /// May that member, at that member epoch, see the group's offsets? Who names no member may: administrators, and all whose
    /// protocol does not have member epochs.
    ///
    /// @param memberId null when the request names none
    default Errors admitFetch(@Nullable String memberId, int memberEpoch) {
        return Errors.NONE;
    }

    /// What takes the group itself back; its offsets are taken back apart.
    List<GroupRecord> tombstones();
}
