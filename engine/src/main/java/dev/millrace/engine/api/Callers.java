package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Caller;

/// Who asks, as coordinators write it down.
final class Callers {
    private Callers() {}

    static Caller of(RequestContext context) {
        String clientId = context.clientId();
        return new Caller(
                context.version(),
                clientId == null ? "" : clientId,
                "/" + context.connection().clientHost());
    }
}
