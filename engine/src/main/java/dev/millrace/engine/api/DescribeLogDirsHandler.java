package dev.millrace.engine.api;

import dev.millrace.engine.balance.TrafficTag;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// DescribeLogDirs 1-5: how much of what lies where on this broker's disks (KIP-113).
///
/// - null topics: everything here; partitions that are not here are left out of the answer
/// - v3 adds the error of the whole, v4 the volume's size and room (KIP-827), v5 whether a directory is cordoned (KIP-1066)
/// - every directory is answered for, also one that holds nothing of what was asked, or has failed
/// - our own nodes ask for bytes appended and served too ([TrafficTag])
/// - **not done**: authorization; every operation is allowed
public final class DescribeLogDirsHandler
        implements Handler<DescribeLogDirsRequestData, DescribeLogDirsResponseData> {
    private final LogDirectories directories;
    private final Traffic traffic;

    /// @param traffic told to those of our nodes that ask for it
    public DescribeLogDirsHandler(LogDirectories directories, Traffic traffic) {
        this.directories = directories;
        this.traffic = traffic;
    }

    /// What a partition has taken and given since the broker's start.
    @FunctionalInterface
    public interface Traffic {
        /// Null for a partition that is not open here.
        @Nullable Bytes of(TopicPartition partition);

        /// @param appended by producers, or by the leader's copies
        /// @param served to consumers
        record Bytes(long appended, long served) {}
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_LOG_DIRS;
    }

    @Override
    public Outcome<DescribeLogDirsResponseData> handle(
            RequestContext context, DescribeLogDirsRequestData request) {
        Set<TopicPartition> asked = asked(request);
        var response = new DescribeLogDirsResponseData();
        for (LogDirectories.Directory directory : directories.describe()) {
            List<DescribeLogDirsTopic> topics = topics(directory, asked);
            if (TrafficTag.asked(request)) {
                topics.forEach(this::tellTraffic);
            }
            response.results()
                    .add(
                            new DescribeLogDirsResult()
                                    .setErrorCode(directory.error().code())
                                    .setLogDir(directory.path())
                                    .setTopics(topics)
                                    .setTotalBytes(directory.totalBytes())
                                    .setUsableBytes(directory.usableBytes())
                                    .setIsCordoned(directory.cordoned()));
        }
        return Outcome.reply(response);
    }

    private void tellTraffic(DescribeLogDirsTopic topic) {
        for (DescribeLogDirsPartition partition : topic.partitions()) {
            Traffic.Bytes bytes =
                    traffic.of(new TopicPartition(topic.name(), partition.partitionIndex()));
            if (bytes != null) {
                TrafficTag.tell(partition, bytes.appended(), bytes.served());
            }
        }
    }

    /// Null: everything.
    private static @Nullable Set<TopicPartition> asked(DescribeLogDirsRequestData request) {
        if (request.topics() == null) {
            return null;
        }
        var asked = new HashSet<TopicPartition>();
        request.topics()
                .forEach(topic ->
                        topic.partitions()
                                .forEach(index ->
                                        asked.add(new TopicPartition(topic.topic(), index))));
        return asked;
    }

    private static List<DescribeLogDirsTopic> topics(
            LogDirectories.Directory directory, @Nullable Set<TopicPartition> asked) {
        var topics = new ArrayList<DescribeLogDirsTopic>();
        if (directory.error() != Errors.NONE) {
            return topics;
        }
        for (Map.Entry<TopicPartition, LogDirectories.Replica> entry :
                directory.replicas().entrySet()) {
            TopicPartition name = entry.getKey();
            if (asked != null && !asked.contains(name)) {
                continue;
            }
            if (topics.isEmpty() || !topics.getLast().name().equals(name.topic())) {
                topics.add(new DescribeLogDirsTopic().setName(name.topic()));
            }
            LogDirectories.Replica replica = entry.getValue();
            topics.getLast()
                    .partitions()
                    .add(
                            new DescribeLogDirsPartition()
                                    .setPartitionIndex(name.partition())
                                    .setPartitionSize(replica.bytes())
                                    .setOffsetLag(replica.lag())
                                    .setIsFutureKey(replica.future()));
        }
        return topics;
    }
}
