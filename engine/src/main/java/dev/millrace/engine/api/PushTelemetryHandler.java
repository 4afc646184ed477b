package dev.millrace.engine.api;

import dev.millrace.engine.telemetry.ClientTelemetry;
import org.apache.kafka.common.message.PushTelemetryRequestData;
import org.apache.kafka.common.message.PushTelemetryResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// PushTelemetry 0: a client's own metrics, in OpenTelemetry's format (KIP-714).
///
/// - kept in memory for reading, newest first to stay: see [ClientTelemetry]
/// - `telemetry.max.bytes` bounds a push both as it comes and unpacked
/// - **other than Kafka**: always served; Kafka serves it where a metrics plug-in is configured
public final class PushTelemetryHandler
        implements Handler<PushTelemetryRequestData, PushTelemetryResponseData> {
    private final ClientTelemetry telemetry;

    public PushTelemetryHandler(ClientTelemetry telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.PUSH_TELEMETRY;
    }

    @Override
    public Outcome<PushTelemetryResponseData> handle(
            RequestContext context, PushTelemetryRequestData request) {
        Errors error =
                telemetry.push(
                        GetTelemetrySubscriptionsHandler.client(
                                context, request.clientInstanceId()),
                        request.subscriptionId(),
                        request.terminating(),
                        request.compressionType(),
                        request.metrics());
        return Outcome.reply(new PushTelemetryResponseData().setErrorCode(error.code()));
    }
}
