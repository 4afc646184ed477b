package dev.millrace.engine;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.quorum.ActiveController;
import dev.millrace.engine.replica.ClusterReplication;
import dev.millrace.engine.replica.DirectoryReports;
import dev.millrace.engine.replica.FetcherSettings;
import dev.millrace.engine.replica.InSyncProposals;
import dev.millrace.engine.replica.ReplicaFetchers;
import dev.millrace.engine.replica.ReplicaThrottle;
import java.util.function.LongSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// Puts the parts of replication together for one node.
final class ReplicationOfNode {
    private static final long DECISION_MS = 5_000;

    private ReplicationOfNode() {}

    static ClusterReplication make(
            NodeSettings settings,
            Uuid incarnation,
            Env env,
            Peers peers,
            Metadata metadata,
            ActiveController active,
            ReplicaThrottle following) {
        int id = settings.nodeId();
        LongSupplier epoch =
                () -> {
                    BrokerImage self = metadata.image().cluster().broker(id);
                    // Another incarnation is the process before this one.
                    return self == null || !self.incarnation().equals(incarnation)
                            ? -1
                            : self.epoch();
                };
        var fetchers =
                new ReplicaFetchers(
                        id,
                        epoch,
                        env,
                        peers,
                        PeerAddresses.of(settings, metadata::image)::of,
                        fetching(settings),
                        following);
        var proposals =
                new InSyncProposals(
                        id,
                        epoch,
                        request ->
                                active.ask(
                                                ApiKeys.ALTER_PARTITION.latestVersion(false),
                                                request,
                                                DECISION_MS)
                                        .thenApply(AlterPartitionResponseData.class::cast),
                        env);
        var directories =
                new DirectoryReports(
                        id,
                        epoch,
                        request ->
                                active.ask(
                                                ApiKeys.ASSIGN_REPLICAS_TO_DIRS.latestVersion(
                                                        false),
                                                request,
                                                DECISION_MS)
                                        .thenApply(AssignReplicasToDirsResponseData.class::cast),
                        env);
        return new ClusterReplication(
                fetchers,
                proposals,
                directories,
                settings.number("replica.lag.time.max.ms", 30_000));
    }

    private static FetcherSettings fetching(NodeSettings settings) {
        return new FetcherSettings(
                settings.integer("replica.fetch.wait.max.ms", 500),
                settings.integer("replica.fetch.min.bytes", 1),
                settings.integer("replica.fetch.max.bytes", 1 << 20),
                settings.integer("replica.fetch.response.max.bytes", 10 << 20),
                settings.integer("replica.fetch.backoff.ms", 1_000),
                settings.integer("replica.socket.timeout.ms", 30_000));
    }
}
