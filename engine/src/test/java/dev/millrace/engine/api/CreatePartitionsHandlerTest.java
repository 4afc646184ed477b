package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Contexts;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How much one request may ask for.
final class CreatePartitionsHandlerTest {
    private final TestMetadata test = TestMetadata.withBrokers(1);

    private List<Errors> grow(int count, boolean validateOnly, String... topics) {
        var request = new CreatePartitionsRequestData().setValidateOnly(validateOnly);
        for (String topic : topics) {
            request.topics()
                    .add(
                            new CreatePartitionsTopic()
                                    .setName(topic)
                                    .setCount(count)
                                    .setAssignments(null));
        }
        var outcome =
                (Outcome.Reply<CreatePartitionsResponseData>)
                        new CreatePartitionsHandler(test.controller)
                                .handle(Contexts.of(ApiKeys.CREATE_PARTITIONS, 3), request);
        return outcome.response().results().stream()
                .map(result -> Errors.forCode(result.errorCode()))
                .toList();
    }

    private int partitions(String topic) {
        return Objects.requireNonNull(test.image().topics().byName(topic)).partitions().size();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatAllTopicsAskForIsBoundedTogether(boolean validateOnly) {
        test.topic("t", 1, 1);
        test.topic("u", 1, 1);

        assertEquals(
                List.of(Errors.POLICY_VIOLATION, Errors.POLICY_VIOLATION),
                grow(5_002, validateOnly, "t", "u"));
        assertEquals(1, partitions("t"));
        assertEquals(1, partitions("u"));
    }

    @Test
    void fewerThanThereAreAskForNothing() {
        test.topic("t", 2, 1);
        assertEquals(List.of(Errors.INVALID_PARTITIONS), grow(Integer.MIN_VALUE, false, "t"));
    }

    @Test
    void asManyAsABatchHoldsAreMade() {
        test.topic("t", 1, 1);
        test.topic("u", 1, 1);

        assertEquals(
                List.of(Errors.NONE, Errors.NONE, Errors.UNKNOWN_TOPIC_OR_PARTITION),
                grow(5_001, false, "t", "u", "nope"));
        assertEquals(5_001, partitions("t"));
        assertEquals(5_001, partitions("u"));
    }
}
