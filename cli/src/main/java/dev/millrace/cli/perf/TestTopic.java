package dev.millrace.cli.perf;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Topics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/// The topic of a test, looked up or made before anything is measured.
record TestTopic(String name, int partitions) {
    /// @param partitions how many to make it with when it is missing; null to fail then
    static TestTopic prepare(Connection connection, String name, @Nullable Integer partitions) {
        Integer found = partitions(connection, name);
        if (found == null) {
            return create(connection, name, partitions);
        }
        if (partitions != null && !partitions.equals(found)) {
            throw CommandFailed.because(
                    "topic %s has %d partitions, not %d: leave --partitions out, or name a topic that is not there yet"
                            .formatted(name, found, partitions));
        }
        return new TestTopic(name, found);
    }

    private static TestTopic create(
            Connection connection, String name, @Nullable Integer partitions) {
        if (partitions == null) {
            throw CommandFailed.because(
                    "there is no topic %s: add --partitions 1 to create it; `millrace topic list` shows those there are"
                            .formatted(name));
        }
        new Topics(connection.admin())
                .create(
                        new Topics.Creation(
                                name,
                                Optional.of(partitions),
                                Optional.empty(),
                                Map.of(),
                                Map.of()),
                        true);
        return new TestTopic(name, partitions);
    }

    /// One that must be there, to be read.
    static TestTopic existing(Connection connection, String name) {
        Integer found = partitions(connection, name);
        if (found == null) {
            throw CommandFailed.because(
                    "there is no topic %s: `millrace perf produce %s --partitions 1` makes and fills one, `millrace topic list` shows those there are"
                            .formatted(name, name));
        }
        return new TestTopic(name, found);
    }

    private static @Nullable Integer partitions(Connection connection, String name) {
        try {
            var described = connection.admin().describeTopics(List.of(name)).topicNameValues();
            var topic = described.get(name);
            return topic == null ? null : await(topic).partitions().size();
        } catch (UnknownTopicOrPartitionException missing) {
            return null;
        }
    }

    /// Fails when a record of so many bytes has no chance: neither the client nor the topic would take it.
    ///
    /// @param requestLimit the producer's `max.request.size`
    /// @param compressed the topic's limit is on what codecs have made of the records, so it says nothing here
    void requireRoom(Connection connection, int size, int requestLimit, boolean compressed) {
        if (size > requestLimit) {
            throw tooLarge(size, "the producer's max.request.size", requestLimit);
        }
        Integer topicLimit = compressed ? null : maxMessageBytes(connection);
        if (topicLimit != null && size > topicLimit) {
            throw tooLarge(size, "max.message.bytes of topic " + name, topicLimit);
        }
    }

    private static CommandFailed tooLarge(int size, String limit, int bytes) {
        return CommandFailed.because(
                "a record of %d bytes does not fit in %s, %d: make it smaller, or raise that and the other limits on its way (-X max.request.size=BYTES; the topic's max.message.bytes)"
                        .formatted(size, limit, bytes));
    }

    /// Null when we are not allowed to know.
    private @Nullable Integer maxMessageBytes(Connection connection) {
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, name);
        try {
            var described = connection.admin().describeConfigs(List.of(topic)).values().get(topic);
            var entry = described == null ? null : await(described).get("max.message.bytes");
            return entry == null ? null : Integer.valueOf(entry.value());
        } catch (AuthorizationException | UnknownTopicOrPartitionException notTold) {
            return null;
        }
    }
}
