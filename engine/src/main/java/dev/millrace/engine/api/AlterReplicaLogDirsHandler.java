package dev.millrace.engine.api;

import dev.millrace.engine.replica.Replicas;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDir;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirPartitionResult;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// AlterReplicaLogDirs 1-2: has replicas of this broker lie in other log directories of it (KIP-113).
///
/// - the answer says that a move has begun; DescribeLogDirs shows how far it is
/// - a replica that is not here gets `REPLICA_NOT_AVAILABLE`, and will be in that directory if it comes
/// - to the directory where it lies: a move that is under way is given up
/// - **not done**: authorization; every operation is allowed
final class AlterReplicaLogDirsHandler
        implements Handler<AlterReplicaLogDirsRequestData, AlterReplicaLogDirsResponseData> {
    private final Replicas replicas;

    AlterReplicaLogDirsHandler(Replicas replicas) {
        this.replicas = replicas;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_REPLICA_LOG_DIRS;
    }

    @Override
    public Outcome<AlterReplicaLogDirsResponseData> handle(
            RequestContext context, AlterReplicaLogDirsRequestData request) {
        Map<String, AlterReplicaLogDirTopicResult> results = new LinkedHashMap<>();
        for (AlterReplicaLogDir directory : request.dirs()) {
            for (AlterReplicaLogDirTopic topic : directory.topics()) {
                for (int partition : topic.partitions()) {
                    Errors error =
                            replicas.move(
                                    new TopicPartition(topic.name(), partition), directory.path());
                    results.computeIfAbsent(
                                    topic.name(),
                                    name -> new AlterReplicaLogDirTopicResult().setTopicName(name))
                            .partitions()
                            .add(
                                    new AlterReplicaLogDirPartitionResult()
                                            .setPartitionIndex(partition)
                                            .setErrorCode(error.code()));
                }
            }
        }
        var response = new AlterReplicaLogDirsResponseData();
        response.results().addAll(results.values());
        return Outcome.reply(response);
    }
}
