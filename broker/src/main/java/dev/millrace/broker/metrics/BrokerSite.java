package dev.millrace.broker.metrics;

import dev.millrace.broker.http.Answer;
import dev.millrace.broker.http.Site;
import dev.millrace.broker.metrics.PrometheusText.Kind;
import dev.millrace.engine.balance.BalanceReport;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.lag.GroupLags;
import dev.millrace.engine.log.LostRange;
import dev.millrace.engine.replica.CleanerReport;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// The paths of a broker.
///
/// ```
///   /metrics                      everything, for Prometheus
///   /v1/groups                    the groups that are coordinated here, with their lag
///   /v1/groups/{id}/lag           one group's lag, partition by partition
///   /v1/groups/{id}/rebalances    why it rebalanced
///   /v1/transactions              the transactional ids that are coordinated here
///   /v1/transactions/{id}         one of them
///   /v1/partitions/offline        partitions that cannot be served here
///   /v1/balancing                 what balancing does, where this node is the active controller
/// ```
public final class BrokerSite implements Site {
    private static final String GROUPS = "/v1/groups";
    private static final String LAG = "/lag";
    private static final String REBALANCES = "/rebalances";
    private static final String TRANSACTIONS = "/v1/transactions";
    private static final String OFFLINE = "/v1/partitions/offline";
    private static final String BALANCING = "/v1/balancing";

    private final int nodeId;
    private final String clusterId;
    private final IntSupplier connections;
    private final GroupQuestions groups;
    private final TransactionsJson transactions;
    private final Supplier<SortedMap<TopicPartition, List<LostRange>>> lost;
    private final Supplier<SortedSet<TopicPartition>> offline;
    private final Supplier<CleanerReport> compaction;
    private final Supplier<@Nullable BalanceReport> balancing;

    /// @param connections how many clients are connected
    /// @param lost what is known to be lost, by partition
    /// @param offline partitions that cannot be served
    public BrokerSite(
            int nodeId,
            String clusterId,
            IntSupplier connections,
            Groups groups,
            GroupLags lags,
            Transactions transactions,
            Supplier<SortedMap<TopicPartition, List<LostRange>>> lost,
            Supplier<SortedSet<TopicPartition>> offline,
            Supplier<CleanerReport> compaction,
            Supplier<@Nullable BalanceReport> balancing) {
        this.nodeId = nodeId;
        this.clusterId = clusterId;
        this.connections = connections;
        this.groups = new GroupQuestions(groups, lags);
        this.transactions = new TransactionsJson(transactions);
        this.lost = lost;
        this.offline = offline;
        this.compaction = compaction;
        this.balancing = balancing;
    }

    @Override
    public String node() {
        return clusterId + "/" + nodeId;
    }

    @Override
    public Answer get(String rawPath) {
        if (rawPath.equals("/metrics")) {
            return metrics();
        }
        if (rawPath.equals(GROUPS)) {
            return GroupsJson.list(groups.all());
        }
        if (rawPath.equals(TRANSACTIONS)) {
            return transactions.all();
        }
        if (rawPath.equals(OFFLINE)) {
            return OfflineJson.answer(offline.get());
        }
        if (rawPath.equals(BALANCING)) {
            return BalancingJson.answer(balancing.get());
        }
        String transactionalId = idIn(rawPath, TRANSACTIONS, "");
        if (transactionalId != null) {
            return transactions.one(transactionalId);
        }
        String lagOf = idIn(rawPath, GROUPS, LAG);
        if (lagOf != null) {
            return GroupsJson.lag(lagOf, groups.one(lagOf));
        }
        String rebalancesOf = idIn(rawPath, GROUPS, REBALANCES);
        return rebalancesOf != null
                ? GroupsJson.rebalances(rebalancesOf, groups.rebalances(rebalancesOf))
                : GroupsJson.problem(
                        404,
                        "There is nothing here; try /metrics, /ready, /v1/groups, /v1/transactions, /v1/partitions/offline or /v1/balancing.");
    }

    /// The id in `/v1/groups/{id}/view` and its like: one segment, in which a slash is written %2F.
    ///
    /// @return null for any other path
    private static @Nullable String idIn(String rawPath, String all, String view) {
        if (!rawPath.startsWith(all + "/") || !rawPath.endsWith(view)) {
            return null;
        }
        int from = all.length() + 1;
        int to = rawPath.length() - view.length();
        String id = from < to ? rawPath.substring(from, to) : "/";
        if (id.contains("/")) {
            return null;
        }
        try {
            return URLDecoder.decode(id.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private Answer metrics() {
        var text = new PrometheusText();
        text.family("millrace_broker_info", Kind.GAUGE, "1; which broker this is.")
                .sample(1, "node_id", Integer.toString(nodeId), "cluster_id", clusterId);
        text.family("millrace_connections", Kind.GAUGE, "Open connections of Kafka clients.")
                .sample(connections.getAsInt());
        GroupMetrics.write(text, groups.all());
        LossMetrics.write(text, lost.get());
        LossMetrics.write(text, offline.get());
        CompactionMetrics.write(text, compaction.get());
        ProcessMetrics.write(text);
        return new Answer(200, PrometheusText.CONTENT_TYPE, text.toString());
    }
}
