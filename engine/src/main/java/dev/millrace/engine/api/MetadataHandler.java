package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBrokerCollection;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopicCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Metadata 0-13: who is in the cluster, and who leads what.
///
/// - v0: an empty list means all topics; from v1 on that is null, and an empty list means none
/// - v0 leaves replicas that are not alive out and says `REPLICA_NOT_AVAILABLE`; v0-v5 say `LEADER_NOT_AVAILABLE` where v6
///   on tells that the leader lacks the client's listener (KIP-103)
/// - v4 lets a client refuse that a missing topic is made; when one is made the answer still is
///   `UNKNOWN_TOPIC_OR_PARTITION`, and the client asks again, as with Kafka
/// - v8-10 report authorized operations of the cluster, v8 on those of topics (KIP-430)
/// - v12 takes topic ids (KIP-516); where a request names any id, its names are ignored; v10 and v11 carry the field but
///   refuse it
/// - a broker that advertises nothing is found under the address that the client connected to: see [Reachability]
/// - a topic asked for twice is answered once
/// - **other than Kafka**: an entry with neither name nor id is `INVALID_REQUEST`, where Kafka says
///   `UNKNOWN_SERVER_ERROR`
/// - **not done**: authorization; every operation is allowed
public final class MetadataHandler implements Handler<MetadataRequestData, MetadataResponseData> {
    private static final short FIRST_WITH_LISTENER_ERROR = 6;
    private static final short FIRST_WITH_IDS = 12;
    private static final int NO_CONTROLLER = -1;

    private final Supplier<MetadataImage> image;
    private final NodeIdentity self;
    private final IntSupplier activeController;
    private final AutoTopics autoTopics;

    /// @param activeController the id of the node that leads the quorum, -1 when unknown
    public MetadataHandler(
            Supplier<MetadataImage> image,
            NodeIdentity self,
            IntSupplier activeController,
            AutoTopics autoTopics) {
        this.image = image;
        this.self = self;
        this.activeController = activeController;
        this.autoTopics = autoTopics;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.METADATA;
    }

    @Override
    public Outcome<MetadataResponseData> handle(
            RequestContext context, MetadataRequestData request) {
        Errors error = examine(context.version(), request);
        if (error != Errors.NONE) {
            return Outcome.reply(refusal(request, error));
        }
        MetadataImage now = image.get();
        var reach = new Reachability(now.cluster(), context.connection(), self.nodeId());
        return Outcome.reply(
                new MetadataResponseData()
                        .setBrokers(brokers(reach))
                        .setClusterId(self.clusterId())
                        .setControllerId(reach.controller(activeController.getAsInt()))
                        .setTopics(topics(context.version(), request, now, reach))
                        .setClusterAuthorizedOperations(
                                request.includeClusterAuthorizedOperations()
                                        ? AuthorizedOperations.ALL_ON_CLUSTER
                                        : AuthorizedOperations.NOT_ASKED));
    }

    private static Errors examine(short version, MetadataRequestData request) {
        if (request.topics() == null) {
            return Errors.NONE;
        }
        for (MetadataRequestTopic topic : request.topics()) {
            boolean byId = !topic.topicId().equals(Uuid.ZERO_UUID);
            boolean tooEarly = version < FIRST_WITH_IDS && (byId || topic.name() == null);
            if (tooEarly || (!byId && topic.name() == null)) {
                return Errors.INVALID_REQUEST;
            }
        }
        return Errors.NONE;
    }

    private static MetadataResponseData refusal(MetadataRequestData request, Errors error) {
        var response =
                new MetadataResponseData()
                        .setErrorCode(error.code())
                        .setControllerId(NO_CONTROLLER)
                        .setTopics(new MetadataResponseTopicCollection(request.topics().size()));
        for (MetadataRequestTopic topic : request.topics()) {
            // The name may be null from version 12 on only; "" in all versions, as Kafka does.
            response.topics()
                    .add(
                            failed(
                                            error,
                                            topic.name() == null ? "" : topic.name(),
                                            response.topics().size())
                                    .setTopicId(topic.topicId()));
        }
        return response;
    }

    private static MetadataResponseBrokerCollection brokers(Reachability reach) {
        var brokers = new MetadataResponseBrokerCollection();
        for (BrokerImage broker : reach.alive()) {
            Reachability.Address address = reach.address(broker);
            if (address != null) {
                brokers.add(
                        new MetadataResponseBroker()
                                .setNodeId(broker.id())
                                .setHost(address.host())
                                .setPort(address.port())
                                .setRack(broker.rack()));
            }
        }
        return brokers;
    }

    private MetadataResponseTopicCollection topics(
            short version, MetadataRequestData request, MetadataImage now, Reachability reach) {
        List<MetadataRequestTopic> asked = request.topics();
        var answer = new MetadataResponseTopicCollection(asked == null ? 0 : asked.size());
        if (asked == null || (version == 0 && asked.isEmpty())) {
            now.topics().inNameOrder().forEach(topic -> answer.add(found(version, topic, reach)));
        } else {
            Set<Uuid> ids = ids(asked);
            if (ids.isEmpty()) {
                named(version, request, now, reach, answer);
            } else {
                ids.forEach(id -> answer.add(byId(version, now, id, reach, answer.size())));
            }
        }
        if (request.includeTopicAuthorizedOperations()) {
            answer.forEach(MetadataHandler::addOperations);
        }
        return answer;
    }

    private static void addOperations(MetadataResponseTopic topic) {
        short error = topic.errorCode();
        if (error == Errors.NONE.code() || error == Errors.UNKNOWN_TOPIC_OR_PARTITION.code()) {
            topic.setTopicAuthorizedOperations(AuthorizedOperations.ALL_ON_TOPIC);
        }
    }

    private static Set<Uuid> ids(List<MetadataRequestTopic> asked) {
        var ids = new LinkedHashSet<Uuid>();
        for (MetadataRequestTopic topic : asked) {
            if (!topic.topicId().equals(Uuid.ZERO_UUID)) {
                ids.add(topic.topicId());
            }
        }
        return ids;
    }

    private static MetadataResponseTopic byId(
            short version, MetadataImage now, Uuid id, Reachability reach, int number) {
        TopicImage topic = now.topics().byId(id);
        return topic == null
                ? failed(Errors.UNKNOWN_TOPIC_ID, null, number).setTopicId(id)
                : found(version, topic, reach);
    }

    private void named(
            short version,
            MetadataRequestData request,
            MetadataImage now,
            Reachability reach,
            MetadataResponseTopicCollection answer) {
        var names = new LinkedHashSet<String>();
        request.topics().forEach(topic -> names.add(topic.name()));
        var missing = new ArrayList<String>();
        for (String name : names) {
            TopicImage topic = now.topics().byName(name);
            if (topic != null) {
                answer.add(found(version, topic, reach));
            } else if (!Topic.isValid(name)) {
                answer.add(failed(Errors.INVALID_TOPIC_EXCEPTION, name, answer.size()));
            } else {
                missing.add(name);
                answer.add(
                        failed(Errors.UNKNOWN_TOPIC_OR_PARTITION, name, answer.size())
                                .setIsInternal(Topic.isInternal(name)));
            }
        }
        if (request.allowAutoTopicCreation() && !missing.isEmpty()) {
            autoTopics.request(missing);
        }
    }

    private static MetadataResponseTopic failed(Errors error, @Nullable String name, int number) {
        return new NotFound(number).setErrorCode(error.code()).setName(name);
    }

    /// Stands in the answer's hash table by its number: names that somebody chose may collide, and unknown ids have none.
    private static final class NotFound extends MetadataResponseTopic {
        private final int number;

        NotFound(int number) {
            this.number = number;
        }

        @Override
        public int hashCode() {
            return number * 0x9E3779B9;
        }
    }

    private static MetadataResponseTopic found(
            short version, TopicImage topic, Reachability reach) {
        var partitions = new ArrayList<MetadataResponsePartition>(topic.partitions().size());
        for (PartitionImage partition : topic.partitions()) {
            partitions.add(partition(version, partitions.size(), partition, reach));
        }
        return new MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(Topic.isInternal(topic.name()))
                .setPartitions(partitions);
    }

    private static MetadataResponsePartition partition(
            short version, int index, PartitionImage partition, Reachability reach) {
        Errors error = reach.leaderError(partition);
        boolean led = error == Errors.NONE;
        if (error == Errors.LISTENER_NOT_FOUND && version < FIRST_WITH_LISTENER_ERROR) {
            error = Errors.LEADER_NOT_AVAILABLE;
        }
        List<Integer> replicas = partition.replicas();
        List<Integer> isr = partition.isr();
        if (version == 0) {
            replicas = replicas.stream().filter(reach::isAlive).toList();
            isr = isr.stream().filter(reach::isAlive).toList();
            boolean some =
                    replicas.size() < partition.replicas().size()
                            || isr.size() < partition.isr().size();
            error = led && some ? Errors.REPLICA_NOT_AVAILABLE : error;
        }
        return new MetadataResponsePartition()
                .setErrorCode(error.code())
                .setPartitionIndex(index)
                .setLeaderId(led ? partition.leader() : PartitionImage.NO_LEADER)
                .setLeaderEpoch(partition.leaderEpoch())
                .setReplicaNodes(replicas)
                .setIsrNodes(isr)
                .setOfflineReplicas(reach.offline(partition));
    }
}
