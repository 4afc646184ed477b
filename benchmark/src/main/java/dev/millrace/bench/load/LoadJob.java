package dev.millrace.bench.load;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.millrace.bench.wire.RecordBatches.Codec;
import dev.millrace.bench.wire.TopicRef;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What the load process is asked to do, one JSON object a line.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "job")
@JsonSubTypes({
    @JsonSubTypes.Type(LoadJob.CreateTopic.class),
    @JsonSubTypes.Type(LoadJob.CreateTopics.class),
    @JsonSubTypes.Type(LoadJob.AwaitPartitions.class),
    @JsonSubTypes.Type(LoadJob.DeleteTopic.class),
    @JsonSubTypes.Type(LoadJob.SetOffsetsTopic.class),
    @JsonSubTypes.Type(LoadJob.RawProduce.class),
    @JsonSubTypes.Type(LoadJob.RawFetch.class),
    @JsonSubTypes.Type(LoadJob.ClientProduce.class),
    @JsonSubTypes.Type(LoadJob.ClientConsume.class),
    @JsonSubTypes.Type(LoadJob.EndToEnd.class),
    @JsonSubTypes.Type(LoadJob.RawLatency.class),
    @JsonSubTypes.Type(LoadJob.OpenConnections.class),
    @JsonSubTypes.Type(LoadJob.PaceConnections.class),
    @JsonSubTypes.Type(LoadJob.CloseConnections.class),
    @JsonSubTypes.Type(LoadJob.StartWaiters.class),
    @JsonSubTypes.Type(LoadJob.StopWaiters.class),
    @JsonSubTypes.Type(LoadJob.StartGroups.class),
    @JsonSubTypes.Type(LoadJob.StopGroups.class),
    @JsonSubTypes.Type(LoadJob.Rebalances.class),
    @JsonSubTypes.Type(LoadJob.CommitRate.class),
    @JsonSubTypes.Type(LoadJob.FillOffsets.class),
    @JsonSubTypes.Type(LoadJob.AwaitOffsets.class),
    @JsonSubTypes.Type(LoadJob.SetTransactionsTopic.class),
    @JsonSubTypes.Type(LoadJob.Transactions.class),
    @JsonSubTypes.Type(LoadJob.FillKeys.class),
    @JsonSubTypes.Type(LoadJob.AwaitCompacted.class),
    @JsonSubTypes.Type(LoadJob.AwaitInSync.class),
    @JsonSubTypes.Type(LoadJob.StartGap.class),
    @JsonSubTypes.Type(LoadJob.EndGap.class)
})
public sealed interface LoadJob {
    Target target();

    /// Where the bytes go.
    ///
    /// @param ports of the brokers in the order of their ids, which begin with 1; they lead the topic's partitions in turn
    record Target(List<Integer> ports, TopicRef topic, int partitions) {
        String bootstrap() {
            return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        }

        /// Of the only broker, or the first.
        int port() {
            return ports.getFirst();
        }

        /// Of the broker that leads a partition as long as none has moved.
        int portOf(int partition) {
            return ports.get(leaderOf(partition));
        }

        /// Its place among the ports.
        int leaderOf(int partition) {
            return partition % ports.size();
        }
    }

    /// How much: values of `recordBytes`, batches of at most `batchBytes` before compression, `totalBytes` of values in all.
    record Volume(int recordBytes, int batchBytes, long totalBytes) {}

    /// A replica on every broker, the preferred leaders in turn. Answers with the topic's id.
    record CreateTopic(Target target, Map<String, String> configs) implements LoadJob {}

    /// So many topics, named after the target's and like it in partitions, one request each. Those that exist are left alone.
    record CreateTopics(Target target, int topics, int patienceSeconds) implements LoadJob {}

    /// Until the leader of every partition of the topics has said where it ends. Answers with the sum of those ends as records.
    record AwaitPartitions(Target target, List<String> topics, int patienceSeconds)
            implements LoadJob {}

    record DeleteTopic(Target target) implements LoadJob {}

    /// Makes the coordinator's topic, where there is none yet, and sets what a row wants of it.
    record SetOffsetsTopic(Target target, Map<String, String> configs) implements LoadJob {}

    /// Pre-encoded requests of one batch each to the partitions in turn, on two connections (one where there is one partition), or
    /// one to each of several brokers, `inFlight` requests ahead of the answers.
    record RawProduce(Target target, Volume volume, Codec codec, int acks, int inFlight)
            implements LoadJob {}

    /// Fetches of up to `maxBytes`, one connection a partition, from the beginning again when the end is reached.
    record RawFetch(Target target, int maxBytes, long totalBytes) implements LoadJob {}

    /// The official producer, all records sent by one thread.
    ///
    /// @param inTurn each record to the next partition; else the client fills a batch before it goes to another
    record ClientProduce(
            Target target,
            Volume volume,
            Codec codec,
            int acks,
            int lingerMs,
            boolean idempotent,
            boolean inTurn)
            implements LoadJob {}

    /// So many official consumers, each with its share of the partitions by assignment and a thread of its own, from the
    /// beginning again when the end is reached.
    record ClientConsume(Target target, int consumers, long totalBytes) implements LoadJob {}

    /// Open loop: a record is due every `1 / perSecond` whether or not the broker keeps up, and its latency counts from when
    /// it was due to when a consumer in the same process has it (so coordinated omission cannot hide a stall).
    record EndToEnd(
            Target target,
            int acks,
            int perSecond,
            int recordBytes,
            double warmSeconds,
            double seconds)
            implements LoadJob {}

    /// As `EndToEnd` without the official client: one record a request on one connection, and a consumer that always waits in a
    /// fetch on another. "answer.p50" and so on are to the answer of Produce, "fetch.p50" to that of Fetch.
    record RawLatency(
            Target target,
            int acks,
            int perSecond,
            int recordBytes,
            double warmSeconds,
            double seconds)
            implements LoadJob {}

    /// So many connections that live on after the job; each has asked for ApiVersions and Metadata once.
    record OpenConnections(Target target, int connections) implements LoadJob {}

    /// From now on each of them asks for Metadata so often, one after the other.
    record PaceConnections(Target target, int everyMs) implements LoadJob {}

    record CloseConnections(Target target) implements LoadJob {}

    /// So many consumers on connections of their own, spread over the partitions, each always in a fetch that waits up to
    /// `maxWaitMs`, while one producer sends so few records. They live on after the job.
    record StartWaiters(Target target, int consumers, int maxWaitMs, int recordsPerSecond)
            implements LoadJob {}

    /// Answers with the number of records that all of them together have got.
    record StopWaiters(Target target) implements LoadJob {}

    /// The protocol that a group's members speak.
    enum GroupKind {
        CLASSIC,
        CONSUMER
    }

    /// So many groups of so many members, each on a connection of its own, which live on after the job until they are stopped.
    record StartGroups(
            Target target, GroupKind kind, String name, int groups, int members, int heartbeatMs)
            implements LoadJob {}

    record StopGroups(Target target) implements LoadJob {}

    /// Starts one group, then one member more comes and goes, again and again: "p50" is the time until all are stable.
    record Rebalances(StartGroups group, int warmTimes, int times) implements LoadJob {
        @Override
        @JsonIgnore
        public Target target() {
            return group.target();
        }
    }

    /// Open loop: commits of one partition each, by so many groups without members in turn.
    record CommitRate(Target target, int groups, int perSecond, double warmSeconds, double seconds)
            implements LoadJob {}

    /// Every one of so many groups commits every partition of the target.
    record FillOffsets(Target target, int groups) implements LoadJob {}

    /// Until the offsets of so many of these groups are answered.
    record AwaitOffsets(Target target, int groups) implements LoadJob {}

    /// Makes the coordinator's topic, where there is none yet, and sets what a row wants of it.
    record SetTransactionsTopic(Target target, Map<String, String> configs) implements LoadJob {}

    /// Closed loop: one producer's transactions of so many records, over the partitions in turn. "p50" is the time from begin to the
    /// answer to the commit.
    record Transactions(
            Target target, int records, int recordBytes, double warmSeconds, double seconds)
            implements LoadJob {}

    /// Sets what a row wants of the topic, and fills its one partition with records of so many keys.
    record FillKeys(
            Target target, Volume volume, Codec codec, int keys, Map<String, String> configs)
            implements LoadJob {}

    /// Sets what makes the topic due, and waits until it is compacted.
    record AwaitCompacted(Target target, Map<String, String> configs) implements LoadJob {}

    /// Until every replica is in sync and every partition is led by its preferred leader, for which an election is asked.
    record AwaitInSync(Target target, int patienceSeconds) implements LoadJob {}

    /// Open loop: the official producer with its defaults sends so many records to the partitions in turn, and goes on after the
    /// job, which ends when each partition has acknowledged one.
    record StartGap(Target target, int perSecond) implements LoadJob {}

    /// Goes on until every partition acknowledges again, then ends the producer. "led" is the longest time between two
    /// acknowledgements of a partition that this broker led, "followed" of one that it did not lead.
    ///
    /// @param broker its place among the ports
    /// @param settleSeconds at least this long, before and after it is looked whether all acknowledge
    record EndGap(Target target, int broker, double settleSeconds) implements LoadJob {}
}
