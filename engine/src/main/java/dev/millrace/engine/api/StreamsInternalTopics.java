package dev.millrace.engine.api;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Turn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The topics that Kafka Streams applications keep their data in (KIP-1071), made when a member of the application's group
/// lacks them.
///
/// Nobody waits for the creation: the member is told that they are missing, and asks again; if they cannot be made it then
/// hears why. A topic whose creation is under way is not submitted again.
///
/// **Owner.** A turn of its own; any thread may call.
public final class StreamsInternalTopics {
    /// Creations under way at one time. Topics beyond it are dropped: their members ask again.
    static final int MOST_PENDING = 1_000;

    /// Failures that are remembered. Beyond it the oldest is forgotten.
    static final int MOST_FAILURES = 1_000;

    private final Turn turn;
    private final Clock clock;
    private final Function<List<CreatableTopic>, CompletionStage<CreateTopicsResponseData>> create;

    /// Guarded by `turn`, as all below.
    private final Set<String> pending = new HashSet<>();

    private final Map<String, Failure> failures = new LinkedHashMap<>();

    private record Failure(String why, long untilMs) {}

    /// @param create submits the creation to the controller; the stage completes, either way, when each has been made or
    ///     refused. Called in no turn
    public StreamsInternalTopics(
            Turn turn,
            Clock clock,
            Function<List<CreatableTopic>, CompletionStage<CreateTopicsResponseData>> create) {
        this.turn = turn;
        this.clock = clock;
        this.create = create;
    }

    /// @param rememberMs how long it is known why one could not be made
    void request(List<CreatableTopic> topics, long rememberMs) {
        List<CreatableTopic> admitted = turn.take(() -> admit(topics));
        if (!admitted.isEmpty()) {
            create.apply(admitted)
                    .whenComplete((response, failure) ->
                            turn.run(() -> ended(admitted, response, failure, rememberMs)));
        }
    }

    private List<CreatableTopic> admit(List<CreatableTopic> topics) {
        var admitted = new ArrayList<CreatableTopic>();
        for (CreatableTopic topic : topics) {
            if (pending.size() < MOST_PENDING && pending.add(topic.name())) {
                admitted.add(topic);
            }
        }
        return admitted;
    }

    private void ended(
            List<CreatableTopic> topics,
            @Nullable CreateTopicsResponseData response,
            @Nullable Throwable failure,
            long rememberMs) {
        topics.forEach(topic -> pending.remove(topic.name()));
        long untilMs = clock.monotonicMs() + rememberMs;
        if (response != null) {
            response.topics().forEach(result -> ended(result, untilMs));
        } else if (failure != null) {
            topics.forEach(
                    topic -> failed(topic.name(), Errors.forException(failure).message(), untilMs));
        }
    }

    private void ended(CreatableTopicResult result, long untilMs) {
        Errors error = Errors.forCode(result.errorCode());
        if (error == Errors.NONE || error == Errors.TOPIC_ALREADY_EXISTS) {
            failures.remove(result.name());
        } else {
            String said = result.errorMessage();
            failed(result.name(), said == null ? error.message() : said, untilMs);
        }
    }

    private void failed(String topic, String why, long untilMs) {
        failures.remove(topic);
        failures.put(topic, new Failure(why, untilMs));
        if (failures.size() > MOST_FAILURES) {
            failures.remove(failures.keySet().iterator().next());
        }
    }

    /// Why topics could not be made, by name.
    SortedMap<String, String> failures(List<CreatableTopic> topics) {
        return turn.take(() -> {
            long nowMs = clock.monotonicMs();
            failures.values().removeIf(failure -> failure.untilMs <= nowMs);
            var why = new TreeMap<String, String>();
            for (CreatableTopic topic : topics) {
                Failure failure = failures.get(topic.name());
                if (failure != null) {
                    why.put(topic.name(), failure.why);
                }
            }
            return why;
        });
    }
}
