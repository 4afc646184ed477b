package dev.millrace.engine.api;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResultCollection;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Answers to DeleteTopics, made and read with room for all results from the beginning.
///
/// They are kept by name, and an unknown id has none: all of those stand in one slot. While the library's table grows, which it does in
/// its own reader and in its own answers to failed requests, that costs with the third power of their number, minutes for 6,000. Without
/// growth it is the square, and [KeyedArrays] bounds the number.
public final class DeletedTopics {
    private static final short FIRST_FLEXIBLE = 4;

    private DeletedTopics() {}

    static DeleteTopicsResponseData answer(List<DeletableTopicResult> results) {
        // With room for as many the last one would make it grow.
        var keyed = new DeletableTopicResultCollection(results.size() + 1);
        keyed.addAll(results);
        return new DeleteTopicsResponseData().setResponses(keyed);
    }

    /// The same for each topic of the request.
    static List<DeletableTopicResult> refused(
            DeleteTopicsRequestData request, Errors error, @Nullable String message) {
        var results = new ArrayList<DeletableTopicResult>();
        for (String name : request.topicNames()) {
            results.add(refused(name, Uuid.ZERO_UUID, error, message));
        }
        for (var topic : request.topics()) {
            results.add(refused(topic.name(), topic.topicId(), error, message));
        }
        return results;
    }

    private static DeletableTopicResult refused(
            @Nullable String name, Uuid id, Errors error, @Nullable String message) {
        return new DeletableTopicResult()
                .setName(name)
                .setTopicId(id)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    /// Reads what another controller has answered.
    ///
    /// @param in at the first byte behind the header
    public static DeleteTopicsResponseData read(ByteBufferAccessor in, short version) {
        int throttleMs = in.readInt();
        int count = version < FIRST_FLEXIBLE ? in.readInt() : in.readUnsignedVarint() - 1;
        var results = new ArrayList<DeletableTopicResult>();
        for (int i = 0; i < count; i++) {
            results.add(new DeletableTopicResult(in, version));
        }
        return answer(results).setThrottleTimeMs(throttleMs);
    }
}
