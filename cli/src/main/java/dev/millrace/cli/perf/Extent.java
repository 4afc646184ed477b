package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.CommandFailed;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How much a test does: so many records, or for so long. What is not limited is `Long.MAX_VALUE`.
public record Extent(long records, long durationNs) {
    /// From the options; one of them, or neither for the usual duration.
    public static Extent of(
            @Nullable Long records, @Nullable Duration duration, Duration otherwise) {
        if (records != null && duration != null) {
            throw CommandFailed.usage(
                    "--records and --duration contradict each other: use one of them");
        }
        if (records != null && records < 1) {
            throw CommandFailed.usage("--records takes a number from 1 on");
        }
        if (duration != null && duration.isZero()) {
            throw CommandFailed.usage("--duration takes a time longer than 0, for example 30s");
        }
        return records != null
                ? new Extent(records, Long.MAX_VALUE)
                : new Extent(Long.MAX_VALUE, (duration == null ? otherwise : duration).toNanos());
    }

    /// Whether it is a number of records that ends the test.
    public boolean counts() {
        return records != Long.MAX_VALUE;
    }

    /// The part of one of several clients: the records are divided, the time is the same for all.
    Extent share(int client, int clients) {
        if (!counts()) {
            return this;
        }
        return new Extent(records / clients + (client < records % clients ? 1 : 0), durationNs);
    }

    /// The instant at which time is up.
    long untilNs(long fromNs) {
        return durationNs == Long.MAX_VALUE ? Long.MAX_VALUE : fromNs + durationNs;
    }
}
