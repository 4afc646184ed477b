package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Transactional ids and their transactions, as the brokers of any Kafka cluster tell them.
public final class Transactions {
    private final Admin admin;
    private final BrokerHttp http;

    /// @param admin borrowed, not closed here
    public Transactions(Admin admin) {
        this.admin = admin;
        this.http = new BrokerHttp(admin, "remember who uses a transactional id");
    }

    /// By the id of the coordinator, in order.
    public Map<Integer, Collection<TransactionListing>> list(ListTransactionsOptions options) {
        return new TreeMap<>(await(admin.listTransactions(options).allByBrokerId()));
    }

    public TransactionDescription describe(String transactionalId) {
        return await(
                admin.describeTransactions(List.of(transactionalId)).description(transactionalId));
    }

    /// The same, for an id that a person has typed: one that is unknown is a sentence.
    public TransactionDescription known(String transactionalId) {
        try {
            return describe(transactionalId);
        } catch (TransactionalIdNotFoundException unknown) {
            throw CommandFailed.because(
                    "there is no transactional id "
                            + transactionalId
                            + " on this cluster; `millrace txn list` shows those there are");
        }
    }

    private @Nullable TransactionDescription find(String transactionalId) {
        try {
            return describe(transactionalId);
        } catch (TransactionalIdNotFoundException gone) {
            return null;
        }
    }

    public List<ProducerState> producers(
            TopicPartition partition, DescribeProducersOptions options) {
        return await(
                        admin.describeProducers(List.of(partition), options)
                                .partitionResult(partition))
                .activeProducers();
    }

    /// Fences whoever uses the transactional id; its transaction is aborted.
    public void terminate(String transactionalId) {
        await(admin.forceTerminateTransaction(transactionalId).result());
    }

    /// Writes an abort marker to the partition, whatever a coordinator thinks.
    public void abort(AbortTransactionSpec what) {
        await(admin.abortTransaction(what).all());
    }

    /// The open transaction that begins at that offset.
    public Optional<AbortTransactionSpec> openAt(TopicPartition partition, long startOffset) {
        return producers(partition, new DescribeProducersOptions()).stream()
                .filter(producer ->
                        producer.currentTransactionStartOffset().orElse(-1) == startOffset)
                .findFirst()
                .map(producer ->
                        new AbortTransactionSpec(
                                partition,
                                producer.producerId(),
                                (short) producer.producerEpoch(),
                                producer.coordinatorEpoch().orElse(0)));
    }

    /// Everything that holds the last stable offset of the partition back, the oldest first.
    public List<OpenTransaction> open(TopicPartition partition) {
        List<ProducerState> open =
                producers(partition, new DescribeProducersOptions()).stream()
                        .filter(each -> each.currentTransactionStartOffset().isPresent())
                        .sorted(
                                Comparator.comparingLong(
                                        each -> each.currentTransactionStartOffset().getAsLong()))
                        .toList();
        Map<Long, String> ids = transactionalIds(open);
        var found = new ArrayList<OpenTransaction>();
        for (ProducerState producer : open) {
            String id = ids.get(producer.producerId());
            TransactionDescription description = id == null ? null : find(id);
            found.add(new OpenTransaction(partition, producer, id, description, null));
        }
        return found;
    }

    /// The same, with who uses it.
    public OpenTransaction withClient(OpenTransaction open) {
        String id = open.transactionalId();
        TransactionDescription description = open.description();
        return id == null || description == null ? open : open.usedBy(client(id, description));
    }

    private Map<Long, String> transactionalIds(List<ProducerState> producers) {
        Map<Long, String> ids = new HashMap<>();
        if (!producers.isEmpty()) {
            var wanted = producers.stream().map(ProducerState::producerId).toList();
            var options = new ListTransactionsOptions().filterProducerIds(Set.copyOf(wanted));
            await(admin.listTransactions(options).all())
                    .forEach(each -> ids.put(each.producerId(), each.transactionalId()));
        }
        return ids;
    }

    /// Who uses the transactional id, as its coordinator remembers over HTTP; null when it cannot be asked or does not know.
    public @Nullable String client(String transactionalId, TransactionDescription description) {
        try {
            Node coordinator =
                    await(admin.describeCluster().nodes()).stream()
                            .filter(node -> node.id() == description.coordinatorId())
                            .findFirst()
                            .orElse(null);
            return coordinator == null
                    ? null
                    : client(
                            http.get(
                                    coordinator,
                                    "/v1/transactions/" + BrokerHttp.segment(transactionalId)));
        } catch (CommandFailed nobodyToAsk) {
            return null;
        }
    }

    static @Nullable String client(JsonNode json) {
        String id = json.path("clientId").asString("");
        String host = json.path("clientHost").asString("");
        if (host.isEmpty()) {
            return null;
        }
        return id.isEmpty() ? host : id + " at " + host;
    }
}
