package dev.millrace.engine.log;

/// What is known of a log that lies closed: enough to answer for its bounds, its size and its retention without touching the disk.
///
/// @param bytes of all segments
/// @param oldestMs the greatest timestamp of the first segment: its age (wall ms); of a segment without timestamps, when it was last looked at
/// @param firstUnstable the first offset of the oldest open transaction; `Long.MAX_VALUE` when there is none
public record LogRest(long logStart, long logEnd, long bytes, long oldestMs, long firstUnstable) {
    /// Of a log that was never written to.
    public static final LogRest EMPTY = new LogRest(0, 0, 0, 0, Long.MAX_VALUE);

    /// Whether retention may let go of something, so that the log has to be opened.
    public boolean retentionDue(LogSettings settings, long nowMs) {
        boolean old = settings.retentionMs() >= 0 && nowMs - oldestMs > settings.retentionMs();
        boolean large = settings.retentionBytes() >= 0 && bytes > settings.retentionBytes();
        return settings.delete() && bytes > 0 && (old || large);
    }
}
