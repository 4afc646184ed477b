package dev.millrace.engine.log;

import java.io.IOException;

/// What retention lets go of at one moment: by `retention.ms` and `retention.bytes`.
record Retention(Segments segments, LogSettings settings, long nowMs) {
    /// How many of the oldest segments go: none beyond the high watermark, never the active one (L6).
    int deletable(long highWatermark) throws IOException {
        if (!settings.delete()) {
            return 0;
        }
        long excess =
                settings.retentionBytes() < 0 ? 0 : segments.bytes() - settings.retentionBytes();
        int deletable = 0;
        while (deletable + 1 < segments.count()
                && segments.get(deletable + 1).baseOffset <= highWatermark) {
            Segment segment = segments.get(deletable);
            boolean tooMany = excess >= segment.size() && excess > 0;
            if (!tooMany && !isExpired(segment)) {
                break;
            }
            excess -= segment.size();
            deletable++;
        }
        return deletable;
    }

    /// Whether the active segment's last record has expired: then it is sealed, as Kafka does, and may go.
    boolean endsActive() throws IOException {
        Segment active = segments.active();
        return settings.delete() && active.size() > 0 && isExpired(active);
    }

    private boolean isExpired(Segment segment) throws IOException {
        if (settings.retentionMs() < 0 || segment.size() == 0) {
            return false;
        }
        long newest = segment.maxTimestamp(settings.indexIntervalBytes());
        return nowMs - (newest >= 0 ? newest : segment.createdMs) > settings.retentionMs();
    }
}
