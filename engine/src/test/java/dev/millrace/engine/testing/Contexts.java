package dev.millrace.engine.testing;

import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.RequestContext;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// Who asks, in tests of handlers.
public final class Contexts {
    private Contexts() {}

    /// A client of this machine.
    public static RequestContext of(ApiKeys api, int version) {
        return new RequestContext(
                api,
                (short) version,
                1,
                "client",
                new ClientConnection(
                        1,
                        "PLAINTEXT",
                        SecurityProtocol.PLAINTEXT,
                        "127.0.0.1",
                        "localhost",
                        9092,
                        KafkaPrincipal.ANONYMOUS));
    }
}
