package dev.millrace.broker.metrics;

import dev.millrace.broker.http.Answer;
import dev.millrace.broker.http.Site;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The paths that are answered from the first moment of a start to the last of a stop; the others once the broker serves.
///
/// ```
///   /live     200 while the process answers
///   /ready    200 when clients may be sent here, otherwise 503 with the reason
/// ```
/// **Owner.** Any thread.
public final class HealthSite implements Site {
    private final Supplier<@Nullable String> notReady;
    private volatile @Nullable Supplier<Site> whenServing;
    private volatile @Nullable Site site;

    /// @param notReady why clients should not be sent here, in words that are text in JSON as they are; null when they may
    public HealthSite(Supplier<@Nullable String> notReady) {
        this.notReady = notReady;
    }

    /// From now on all paths are answered.
    ///
    /// @param others for the paths that are not of this class; made when one of them is first asked for, by several at worst
    public void serve(Supplier<Site> others) {
        whenServing = others;
    }

    @Override
    public @Nullable String node() {
        Site others = site;
        return others == null ? null : others.node();
    }

    @Override
    public Answer get(String rawPath) {
        return switch (rawPath) {
            case "/live" -> new Answer(200, Answer.JSON, "{\"status\":\"live\"}\n");
            case "/ready" -> readiness();
            default -> other(rawPath);
        };
    }

    private Answer other(String rawPath) {
        Supplier<Site> others = whenServing;
        if (others == null) {
            return new Answer(503, Answer.JSON, "{\"error\":\"This broker is still starting.\"}\n");
        }
        Site made = site;
        if (made == null) {
            made = others.get();
            site = made;
        }
        return made.get(rawPath);
    }

    private Answer readiness() {
        String reason = notReady.get();
        return reason == null
                ? new Answer(200, Answer.JSON, "{\"status\":\"ready\"}\n")
                : new Answer(
                        503,
                        Answer.JSON,
                        "{\"status\":\"not ready\",\"reason\":\"" + reason + "\"}\n");
    }
}
