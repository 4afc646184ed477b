package dev.millrace.engine.api;

import dev.millrace.engine.telemetry.ClientTelemetry;
import dev.millrace.engine.telemetry.TelemetryClient;
import dev.millrace.engine.telemetry.TelemetryDemand;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsRequestData;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.CompressionType;

/// GetTelemetrySubscriptions 0: which metrics of its own a client is asked to push (KIP-714).
///
/// - what is asked is set by `client-metrics` resources; a client that none of them selects is asked for nothing
/// - a client that asks again before its interval is over is refused with `THROTTLING_QUOTA_EXCEEDED`
/// - **other than Kafka**: always served; Kafka serves it where a metrics plug-in is configured
/// - **not done**: matching by `client_source_port`
public final class GetTelemetrySubscriptionsHandler
        implements Handler<
                GetTelemetrySubscriptionsRequestData, GetTelemetrySubscriptionsResponseData> {
    /// In the order of preference that Kafka states.
    private static final List<Byte> ACCEPTED =
            List.of(
                    CompressionType.ZSTD.id,
                    CompressionType.LZ4.id,
                    CompressionType.GZIP.id,
                    CompressionType.SNAPPY.id);

    private final ClientTelemetry telemetry;

    public GetTelemetrySubscriptionsHandler(ClientTelemetry telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS;
    }

    @Override
    public Outcome<GetTelemetrySubscriptionsResponseData> handle(
            RequestContext context, GetTelemetrySubscriptionsRequestData request) {
        var answer = telemetry.subscribe(client(context, request.clientInstanceId()));
        TelemetryDemand demand = answer.demand();
        var response =
                new GetTelemetrySubscriptionsResponseData().setErrorCode(answer.error().code());
        return Outcome.reply(
                demand == null
                        ? response
                        : response.setClientInstanceId(answer.instanceId())
                                .setSubscriptionId(demand.subscriptionId())
                                .setAcceptedCompressionTypes(ACCEPTED)
                                .setPushIntervalMs(demand.intervalMs())
                                .setTelemetryMaxBytes(telemetry.maxPushBytes())
                                .setDeltaTemporality(true)
                                .setRequestedMetrics(demand.metrics()));
    }

    static TelemetryClient client(RequestContext context, Uuid instanceId) {
        ClientSoftware software = context.connection().software();
        String clientId = context.clientId();
        return new TelemetryClient(
                instanceId,
                clientId == null ? "" : clientId,
                software.name(),
                software.version(),
                context.connection().clientHost());
    }
}
