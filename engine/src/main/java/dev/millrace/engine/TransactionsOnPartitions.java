package dev.millrace.engine;

import dev.millrace.engine.api.TransactionVerifier;
import dev.millrace.engine.coordinator.txn.NewProducerIds;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.MetadataChange;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.replica.Replicas;
import java.util.function.Supplier;
import org.apache.kafka.server.common.TransactionVersion;

/// Lets the transaction coordinator follow the partitions of its topic: this broker coordinates the transactional ids of those that it
/// leads.
///
/// **Owner.** `onChange` is called in the metadata turn, after the partitions have followed the same image.
final class TransactionsOnPartitions {
    private final LedPartitions led;
    private final Transactions transactions;
    private final CoordinatorVerifier verifier;

    /// @param here appends markers to the partitions that this broker leads
    TransactionsOnPartitions(
            NodeSettings settings,
            Env env,
            Replicas replicas,
            Supplier<MetadataImage> metadata,
            NewProducerIds producerIds,
            Peers peers,
            MarkersToPartitions.Here here) {
        int brokerId = settings.nodeId();
        this.led = new LedPartitions(Transactions.TOPIC, brokerId, replicas);
        var addresses = PeerAddresses.of(settings, metadata);
        this.transactions =
                new Transactions(
                        env,
                        TransactionSettings.of(settings),
                        () -> LedPartitions.count(metadata.get(), Transactions.TOPIC),
                        () -> version(metadata.get()),
                        producerIds,
                        new MarkersToPartitions(
                                brokerId,
                                metadata,
                                here,
                                new MarkerBatches(
                                        env.newTurn("markers to brokers"), peers, addresses)));
        this.verifier =
                new CoordinatorVerifier(env, brokerId, transactions, metadata, peers, addresses);
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
        led.onChange(change, transactions::lead, transactions::resign);
    }
}
