package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.quorum.ActiveController;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.Replies;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// As many unknown ids as one request may name. With the library's own growing tables each of these takes minutes.
@Timeout(60)
final class DeletedTopicsTest {
    private static final int MANY = 10_000;

    private static DeleteTopicsRequestData unknownIds() {
        var request = new DeleteTopicsRequestData().setTimeoutMs(1_000);
        for (int i = 1; i <= MANY; i++) {
            request.topics().add(new DeleteTopicState().setName(null).setTopicId(new Uuid(1, i)));
        }
        return request;
    }

    private static void assertAll(Errors error, DeleteTopicsResponseData answer) {
        assertEquals(MANY, answer.responses().size());
        int next = 1;
        for (var result : answer.responses()) {
            assertEquals(new Uuid(1, next++), result.topicId());
            assertEquals(error.code(), result.errorCode());
        }
    }

    private static DeleteTopicsResponseData ask(Map<String, String> file) {
        var metadata = TestMetadata.withBrokers(1);
        var handler =
                new DeleteTopicsHandler(
                        metadata.controller, ClusterDefaults.of(1, new TreeMap<>(file)));
        return Replies.of(handler.handle(Contexts.of(ApiKeys.DELETE_TOPICS, 6), unknownIds()));
    }

    @Test
    void areAnswered() {
        assertAll(Errors.UNKNOWN_TOPIC_ID, ask(Map.of()));
    }

    @Test
    void areRefused() {
        assertAll(Errors.TOPIC_DELETION_DISABLED, ask(Map.of("delete.topic.enable", "false")));
    }

    @Test
    void areAnsweredWithoutAController() {
        var handler =
                new DeleteTopicsHandler(
                        TestMetadata.withBrokers(1).controller, ClusterDefaults.of(1, Map.of()));
        var call = new Router.Call(Contexts.of(ApiKeys.DELETE_TOPICS, 6), handler, unknownIds());
        assertAll(
                Errors.REQUEST_TIMED_OUT,
                (DeleteTopicsResponseData)
                        Objects.requireNonNull(Router.failure(call, Errors.REQUEST_TIMED_OUT)));
    }

    @ParameterizedTest
    @ValueSource(shorts = {1, 3, 4, 5, 6})
    void areReadAsTheyWereWritten(short version) {
        var results = DeletedTopics.refused(unknownIds(), Errors.UNKNOWN_TOPIC_ID, "unknown");
        results.forEach(result -> {
            if (version < 6) {
                result.setName("t" + result.topicId()).setTopicId(Uuid.ZERO_UUID);
            }
            if (version < 5) {
                result.setErrorMessage(null);
            }
        });
        var written = DeletedTopics.answer(results).setThrottleTimeMs(7);
        ByteBufferAccessor bytes = MessageUtil.toByteBufferAccessor(written, version);

        var read = DeletedTopics.read(bytes, version);

        assertEquals(7, read.throttleTimeMs());
        assertEquals(results, List.copyOf(read.responses()));
        assertFalse(ActiveController.isNotController(ApiKeys.DELETE_TOPICS.id, version, read));
    }
}
