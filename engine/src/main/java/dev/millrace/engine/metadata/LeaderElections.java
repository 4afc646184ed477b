package dev.millrace.engine.metadata;

import dev.millrace.engine.metadata.PartitionChange.Election;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// What follows for the partitions when a broker comes or goes, asked on the image *after* the broker's own change, which tells
/// who is alive; and the elections that nobody asks for: of preferred leaders, and of any leader where there is none.
public final class LeaderElections {
    private LeaderElections() {}

    /// The image with these records.
    static MetadataImage after(MetadataImage image, List<ApiMessageAndVersion> records) {
        MetadataImage after = image;
        for (ApiMessageAndVersion record : records) {
            after = after.replay(record.message(), image.offset(), image.epoch());
        }
        return after;
    }

    /// A broker is fenced, stops, or is forgotten: it leaves the in-sync sets, and who it led is led by another.
    static void gone(MetadataImage after, int broker, List<ApiMessageAndVersion> records) {
        each(
                after,
                partition -> partition.isr().contains(broker) || partition.leader() == broker,
                change -> change.without(broker),
                records);
    }

    /// A broker has registered again and may have lost what it had written: it is not even eligible (KIP-966).
    static void lost(MetadataImage after, int broker, List<ApiMessageAndVersion> records) {
        each(after, partition -> counts(partition, broker), change -> change.lost(broker), records);
    }

    /// As [#lost], where there are other replicas: what nobody else can have is served as it is.
    static void lostByOne(MetadataImage after, int broker, List<ApiMessageAndVersion> records) {
        each(
                after,
                partition -> partition.replicas().size() > 1 && counts(partition, broker),
                change -> change.lost(broker),
                records);
    }

    private static boolean counts(PartitionImage partition, int broker) {
        return partition.isr().contains(broker)
                || partition.leader() == broker
                || partition.eligibleLeaders().contains(broker);
    }

    /// A broker can lead: those who have waited for somebody are led.
    static void back(MetadataImage after, int broker, List<ApiMessageAndVersion> records) {
        each(
                after,
                partition -> !partition.hasLeader() && partition.replicas().contains(broker),
                _ -> {},
                records);
    }

    /// Those that match, each with its change.
    static void each(
            MetadataImage image,
            Predicate<PartitionImage> which,
            Consumer<PartitionChange> how,
            List<ApiMessageAndVersion> records) {
        for (TopicImage topic : image.topics().inNameOrder()) {
            each(image, topic, which, how, records);
        }
    }

    /// As [#each], of one topic.
    static void each(
            MetadataImage image,
            TopicImage topic,
            Predicate<PartitionImage> which,
            Consumer<PartitionChange> how,
            List<ApiMessageAndVersion> records) {
        for (int i = 0; i < topic.partitions().size(); i++) {
            if (which.test(topic.partitions().get(i))) {
                var change = PartitionChange.of(image, topic, i);
                how.accept(change);
                change.addTo(records);
            }
        }
    }

    /// Partitions that their preferred replica can lead and does not, by the share of each broker's partitions that it is
    /// not leading though it should: only a broker above `tolerated` percent gets its own back.
    ///
    /// @param most elections of one batch
    /// @return answers with the number of elections
    public static Decision<Integer> balance(MetadataImage image, int tolerated, int most) {
        var imbalance = new LeaderImbalance(image);
        var records = new ArrayList<ApiMessageAndVersion>();
        each(
                image,
                partition ->
                        records.size() < most
                                && partition.hasLeader()
                                && partition.leader() != partition.replicas().getFirst()
                                && imbalance.percent(partition.replicas().getFirst()) > tolerated,
                change -> change.elect(Election.PREFERRED),
                records);
        records.removeIf(record -> ((PartitionChangeRecord) record.message()).leader() < 0);
        return new Decision<>(records, records.size());
    }

    /// Gives a leader to those who wait for one though somebody is there who may lead, without loss: a broker that came back to more of
    /// them than fit into a batch.
    ///
    /// @return answers with the number of elections
    public static Decision<Integer> waiting(MetadataImage image) {
        var records = new ArrayList<ApiMessageAndVersion>();
        each(
                image,
                partition ->
                        !partition.hasLeader()
                                && records.size() < BrokerLifeDecisions.MOST
                                && (anyActive(image, partition.isr())
                                        || anyActive(image, partition.eligibleLeaders())
                                        || anyActive(image, partition.lastKnownEligibleLeaders())),
                _ -> {},
                records);
        records.removeIf(record -> ((PartitionChangeRecord) record.message()).leader() < 0);
        return new Decision<>(records, records.size());
    }

    private static boolean anyActive(MetadataImage image, List<Integer> ids) {
        for (int id : ids) {
            @Nullable BrokerImage broker = image.cluster().broker(id);
            if (broker != null && broker.active()) {
                return true;
            }
        }
        return false;
    }

    /// Gives a leader to those who wait for one, where their topic would rather lose records than wait.
    ///
    /// @param defaults what counts where neither the topic nor all brokers have a setting
    /// @param most elections of one batch
    /// @return answers with the number of elections
    public static Decision<Integer> unclean(
            MetadataImage image, ClusterDefaults defaults, int most) {
        var records = new ArrayList<ApiMessageAndVersion>();
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int i = 0; i < topic.partitions().size() && records.size() < most; i++) {
                if (!topic.partitions().get(i).hasLeader()
                        && TopicRules.uncleanElection(image, defaults, topic.name())) {
                    PartitionChange.of(image, topic, i).elect(Election.UNCLEAN).addTo(records);
                }
            }
        }
        return new Decision<>(records, records.size());
    }
}
