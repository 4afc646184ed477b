package dev.millrace.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// A member by the consumer protocol (KIP-848). It takes and gives up what it is told at once, and says so at once.
final class ConsumerMember extends GroupMember {
    private static final short FENCED_MEMBER_EPOCH = 110;
    private static final int LEAVING = -1;
    private static final int ATTEMPTS = 1_000;

    private final String id = Uuid.randomUuid().toString();
    private int memberEpoch;
    private List<TopicPartitions> assigned = new ArrayList<>();

    ConsumerMember(LoadJob.Target target, String group, int heartbeatMs, int maxResponseBytes)
            throws IOException {
        super(target, group, heartbeatMs, maxResponseBytes);
    }

    @Override
    void join() throws IOException {
        memberEpoch = 0;
        assigned = new ArrayList<>();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            var joined =
                    ask(
                            request()
                                    .setRebalanceTimeoutMs(SESSION_MS)
                                    .setSubscribedTopicNames(List.of(target.topic().name()))
                                    .setTopicPartitions(assigned));
            if (!NOT_YET.contains(joined.errorCode())) {
                apply(joined);
                return;
            }
            pauseOrFail("ConsumerGroupHeartbeat", joined.errorCode());
        }
        throw new IOException("no coordinator after " + ATTEMPTS + " attempts");
    }

    @Override
    void heartbeat() throws IOException {
        apply(ask(request()));
    }

    private void apply(ConsumerGroupHeartbeatResponseData answer) throws IOException {
        switch (answer.errorCode()) {
            case 0 -> {
                memberEpoch = answer.memberEpoch();
                if (answer.assignment() != null) take(answer.assignment().topicPartitions());
                has(assigned.stream().mapToInt(t -> t.partitions().size()).sum(), memberEpoch);
                if (answer.assignment() != null) apply(ask(request().setTopicPartitions(assigned)));
            }
            case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID -> join();
            default ->
                    throw new IOException(
                            "ConsumerGroupHeartbeat: error "
                                    + answer.errorCode()
                                    + " "
                                    + answer.errorMessage());
        }
    }

    private void take(List<ConsumerGroupHeartbeatResponseData.TopicPartitions> target) {
        assigned = new ArrayList<>();
        target.forEach(topic ->
                assigned.add(
                        new TopicPartitions()
                                .setTopicId(topic.topicId())
                                .setPartitions(topic.partitions())));
    }

    @Override
    void leave() throws IOException {
        memberEpoch = LEAVING;
        ask(request());
    }

    /// What changes with no heartbeat is left out, as clients do.
    private ConsumerGroupHeartbeatRequestData request() {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(id)
                .setMemberEpoch(memberEpoch);
    }

    private ConsumerGroupHeartbeatResponseData ask(ConsumerGroupHeartbeatRequestData request)
            throws IOException {
        return connection.ask(
                ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                1,
                request,
                new ConsumerGroupHeartbeatResponseData());
    }
}
