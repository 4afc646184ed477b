package dev.millrace.engine;

import dev.millrace.engine.api.TransactionVerifier;
import dev.millrace.engine.coordinator.txn.NewProducerIds;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.MetadataChange;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// Lets the transaction coordinator follow the partitions of its topic: this broker coordinates the transactional ids of those that it
/// leads.
///
/// **Owner.** `onChange` is called in the metadata turn, after the partitions have followed the same image.
final class TransactionsOnPartitions {
    private final int brokerId;
    private final Replicas replicas;
    private final Transactions transactions;
    private final CoordinatorVerifier verifier;
    private volatile int partitions;

    /// @param here appends markers to the partitions that this broker leads
    TransactionsOnPartitions(
            NodeSettings settings,
            Env env,
            Replicas replicas,
            Supplier<MetadataImage> metadata,
            NewProducerIds producerIds,
            Peers peers,
            MarkersToPartitions.Here here) {
        this.brokerId = settings.nodeId();
        this.replicas = replicas;
        var addresses = PeerAddresses.of(settings, metadata);
        this.transactions =
                new Transactions(
                        env,
                        TransactionSettings.of(settings),
                        () -> partitions,
                        () -> version(metadata.get()),
                        producerIds,
                        new MarkersToPartitions(brokerId, metadata, here, peers, addresses));
        this.verifier = new CoordinatorVerifier(brokerId, transactions, metadata, peers, addresses);
    }

    private static TransactionVersion version(MetadataImage image) {
        return TransactionVersion.fromFeatureLevel(
                image.features().level(TransactionVersion.FEATURE_NAME));
    }

    Transactions transactions() {
        return transactions;
    }

    /// Asks the coordinator of a transaction, wherever it is.
    TransactionVerifier verifier() {
        return verifier;
    }

    void onChange(MetadataChange change) {
        TopicImage was = change.before().topics().byName(Transactions.TOPIC);
        TopicImage is = change.after().topics().byName(Transactions.TOPIC);
        if (!sameTopic(was, is)) {
            partitions = is == null ? 0 : is.partitions().size();
            resign(was, is);
            lead(is);
        }
    }

    /// Images share what did not change.
    @SuppressWarnings("ReferenceEquality")
    private static boolean sameTopic(@Nullable TopicImage was, @Nullable TopicImage is) {
        return was == is;
    }

    private void resign(@Nullable TopicImage was, @Nullable TopicImage is) {
        List<PartitionImage> old = was == null ? List.of() : was.partitions();
        for (int p = 0; p < old.size(); p++) {
            PartitionImage now =
                    is != null && p < is.partitions().size() ? is.partitions().get(p) : null;
            if (old.get(p).leader() == brokerId && (now == null || now.leader() != brokerId)) {
                transactions.resign(p, now == null ? Integer.MAX_VALUE : now.leaderEpoch());
            }
        }
    }

    private void lead(@Nullable TopicImage is) {
        List<PartitionImage> now = is == null ? List.of() : is.partitions();
        for (int p = 0; p < now.size(); p++) {
            Partition here = replicas.byName(Transactions.TOPIC, p).partition();
            if (now.get(p).leader() == brokerId && here != null) {
                transactions.lead(p, new PartitionCoordinatorLog(here, now.get(p).leaderEpoch()));
            }
        }
    }
}
