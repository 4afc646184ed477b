package dev.millrace.simulator.compaction;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/// The model: every record that was appended, and what passes of compaction have made of it: nothing is ever removed here, it only
/// becomes something that may be gone.
final class CompactionTruth {
    static final long RETENTION_MS = 20_000;

    final List<Entry> entries = new ArrayList<>();
    long flushed;
    long logStart;
    int leaderEpoch;

    /// Of an append, a truncation, a raise that had not returned.
    List<Entry> appending = List.of();

    long truncating = -1;
    long raising = -1;

    /// No pass has reached these.
    long coveredEnd;

    /// No pass knew of these.
    long plannedEnd;

    /// The log was truncated to below what a pass knew of: what went because of what is gone now does not come back.
    boolean unclean;

    /// When the last pass was planned.
    long lastPlanMs = Long.MIN_VALUE;

    /// Compacted after their marker was there, which an unclean leader's log has taken away.
    final Set<Long> undecidedAgain = new HashSet<>();

    private final Map<Long, Long> coveredAtMs = new HashMap<>();

    /// Of records that a later one has made needless: how far the log must reach for that to be so. A power loss must not leave less.
    private final Map<Long, Long> superseded = new HashMap<>();

    /// A pass that was planned then has mapped everything below `end`, and perhaps some keys of the batch there.
    ///
    /// @param logEnd the log's end when it was planned
    void covered(long end, long planMs, long logEnd) {
        lastPlanMs = planMs;
        plannedEnd = Math.max(plannedEnd, logEnd);
        coveredEnd = Math.max(coveredEnd, end);
        Map<String, Long> latest = new HashMap<>();
        for (Entry each : entries.reversed()) {
            if (each.isData() && each.batchBase() <= end && isCommitted(each)) {
                latest.putIfAbsent(String.valueOf(each.key()), each.offset());
            }
        }
        for (Entry each : entries) {
            if (each.offset() < end) {
                coveredAtMs.merge(each.offset(), planMs, Math::min);
                boolean last =
                        each.isData()
                                && isCommitted(each)
                                && Objects.equals(
                                        latest.get(String.valueOf(each.key())), each.offset());
                if (each.isData() && !last) {
                    superseded.merge(each.offset(), logEnd, Math::min);
                }
            }
        }
    }

    /// Whether its transaction was committed, or it was in none. One that is open is neither.
    boolean isCommitted(Entry data) {
        return !data.transactional() || "commit".equals(decision(data));
    }

    boolean isAborted(Entry data) {
        return data.transactional() && "abort".equals(decision(data));
    }

    private String decision(Entry data) {
        for (Entry each : entries) {
            if (each.marker()
                    && each.producerId() == data.producerId()
                    && each.offset() > data.offset()) {
                return String.valueOf(each.value());
            }
        }
        return "open";
    }

    /// Whether a record may be missing.
    boolean mayBeGone(Entry each) {
        if (each.offset() < logStart || superseded.containsKey(each.offset())) {
            return true;
        }
        Long coveredMs = coveredAtMs.get(each.offset());
        boolean expired = coveredMs != null && lastPlanMs >= coveredMs + RETENTION_MS;
        return expired && (each.marker() || each.isTombstone());
    }

    /// The end of the log after a truncation to that offset: it never cuts a batch in two.
    long boundary(long offset) {
        for (Entry each : entries) {
            if (each.batchLast() >= offset) {
                return Math.min(each.batchBase(), offset);
            }
        }
        return offset;
    }

    void truncated(long offset) {
        unclean |= offset < plannedEnd;
        for (Entry each : entries) {
            if (each.isData() && each.transactional() && each.offset() < coveredEnd) {
                for (Entry marker : entries) {
                    if (marker.marker()
                            && marker.producerId() == each.producerId()
                            && marker.offset() > each.offset()) {
                        if (marker.offset() >= offset) {
                            undecidedAgain.add(each.offset());
                        }
                        break;
                    }
                }
            }
        }
        entries.removeIf(each -> each.batchLast() >= offset);
        flushed = Math.min(flushed, offset);
        coveredEnd = Math.min(coveredEnd, offset);
        plannedEnd = Math.min(plannedEnd, offset);
        coveredAtMs.keySet().removeIf(at -> at >= offset);
        superseded.keySet().removeIf(at -> at >= offset);
        superseded.replaceAll((at, logEnd) -> Math.min(logEnd, offset));
        undecidedAgain.removeIf(at -> at >= offset);
    }

    /// The model of a log that ends there after a crash.
    void recovered(long end, long start, long flushedEnd) {
        if (!appending.isEmpty() && end > appending.getFirst().offset()) {
            entries.addAll(appending);
        }
        appending = List.of();
        if (truncating < 0) {
            superseded.values().removeIf(logEnd -> logEnd > end);
        }
        truncated(end);
        truncating = -1;
        raising = -1;
        logStart = start;
        flushed = flushedEnd;
    }

    /// The log must not end before. After a truncation it may end in front of a hole.
    long promised() {
        if (truncating < 0) {
            return flushed;
        }
        long end = Math.min(flushed, boundary(truncating));
        return entries.stream()
                .filter(each -> each.batchLast() < end && !mayBeGone(each))
                .mapToLong(each -> each.batchLast() + 1)
                .max()
                .orElse(0);
    }

    /// The last batch of data of each producer in its last epoch, or the marker that began it.
    Map<Long, Entry> lastByProducer() {
        Map<Long, Entry> last = new TreeMap<>();
        for (Entry each : entries) {
            if (each.producerId() < 0) {
                continue;
            }
            Entry known = last.get(each.producerId());
            boolean newEpoch = known == null || each.producerEpoch() > known.producerEpoch();
            if (each.isData() || newEpoch) {
                last.put(each.producerId(), each);
            }
        }
        return last;
    }

    /// Where each epoch begins that has records.
    NavigableMap<Integer, Long> epochStarts() {
        TreeMap<Integer, Long> starts = new TreeMap<>();
        for (Entry each : entries) {
            starts.putIfAbsent(each.leaderEpoch(), each.batchBase());
        }
        return starts;
    }
}
