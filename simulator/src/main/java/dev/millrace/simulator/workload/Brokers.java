package dev.millrace.simulator.workload;

import java.util.function.Consumer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// The road of a client to whoever can answer its requests.
public interface Brokers {
    /// @param done called once, with the answer, or with null when none came in time: what was asked for may be done, or be done later
    void ask(ApiKeys api, int version, ApiMessage request, Consumer<@Nullable ApiMessage> done);

    /// As [#ask], for what Kafka itself does not protect from coming late: it may be lost, but is not late.
    void askInTime(
            ApiKeys api, int version, ApiMessage request, Consumer<@Nullable ApiMessage> done);
}
