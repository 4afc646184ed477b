package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.junit.jupiter.api.Test;

/// A topic that a request names twice, by name and by id, is refused and stays.
final class TopicDeletionTest {
    private static final String AGAIN =
            "The provided topic name maps to an ID that was already supplied.";

    private final TestMetadata test = TestMetadata.withBrokers(1);
    private final Uuid bar = test.topic("bar", 1, 1).id();
    private final Uuid foo = test.topic("foo", 1, 1).id();

    private static DeleteTopicState id(Uuid id) {
        return new DeleteTopicState().setName(null).setTopicId(id);
    }

    private static DeleteTopicState name(String name) {
        return new DeleteTopicState().setName(name);
    }

    /// Of each topic in the answer: its name, its error and sentence.
    private List<String> delete(DeleteTopicState... topics) {
        var request = new DeleteTopicsRequestData().setTopics(List.of(topics));
        List<DeletableTopicResult> results =
                test.controller
                        .submit(image ->
                                TopicDeletion.decide(
                                        image, ClusterDefaults.of(1, Map.of()), request))
                        .toCompletableFuture()
                        .join();
        return results.stream().map(TopicDeletionTest::line).sorted().toList();
    }

    private static String line(DeletableTopicResult result) {
        return result.name() + " " + result.errorCode() + " " + result.errorMessage();
    }

    @Test
    void byIdAndByName() {
        assertEquals(
                List.of("bar 42 " + AGAIN, "foo 0 null"), delete(id(bar), name("bar"), id(foo)));
        assertNotNull(test.image().topics().byId(bar));
        assertNull(test.image().topics().byId(foo));
    }

    @Test
    void byTheSameIdTwiceAndByName() {
        assertEquals(
                List.of("bar 42 " + AGAIN, "foo 0 null", "null 42 Duplicate topic id."),
                delete(id(bar), id(bar), name("bar"), name("foo")));
        assertNotNull(test.image().topics().byId(bar));
        assertNull(test.image().topics().byId(foo));
    }
}
