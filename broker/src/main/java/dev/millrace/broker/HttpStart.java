package dev.millrace.broker;

import dev.millrace.broker.config.HttpAddress;
import dev.millrace.broker.http.HttpDoor;
import dev.millrace.broker.net.HostAddresses;
import java.io.IOException;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes the HTTP address, or decides what it means that it cannot be taken: nothing but one line when nobody asked for it, the
/// end of the start when somebody did.
final class HttpStart {
    private static final Logger LOG = LoggerFactory.getLogger(HttpStart.class);

    private HttpStart() {}

    /// @return null when the broker runs without
    static @Nullable HttpDoor bind(@Nullable HttpAddress wanted) throws StartFailed {
        if (wanted == null) {
            return null;
        }
        try {
            return HttpDoor.bind(wanted);
        } catch (IOException | RuntimeException e) {
            String sentence = HttpAddress.KEY + " = " + wanted + ": " + problem(wanted, e);
            if (wanted.given()) {
                throw new StartFailed(sentence + ".", e);
            }
            LOG.warn("{}", without(wanted, sentence));
            return null;
        }
    }

    /// Without a port of its own choice it would want the same one again.
    static String without(HttpAddress wanted, String sentence) {
        return "%s; running without metrics over HTTP. For another port: --set %s=%s"
                .formatted(sentence, HttpAddress.KEY, wanted.withPort(wanted.port() + 1));
    }

    private static String problem(HttpAddress wanted, Exception e) {
        if (HostAddresses.isInUse(e)) {
            return "the port is in use by another program";
        }
        return e instanceof UnknownHostException
                ? "the host " + wanted.host() + " is not known"
                : "cannot listen there (" + e.getMessage() + ")";
    }
}
