package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// At which offset each leader epoch begins. Both rise strictly.
///
/// Kept in `leader-epoch-checkpoint`, in Kafka's text: version 0, the number of entries, then `epoch offset` line by line. It is
/// a function of the batches (L4), but for an epoch that its leader left without appending: forgetting that one is harmless,
/// since nobody can hold a record of it.
final class LeaderEpochs {
    private final TreeMap<Integer, Long> starts = new TreeMap<>();
    private boolean dirty;

    /// Where the first epoch begins that was begun since the last write; it may have no record yet.
    private long begunAt = Long.MAX_VALUE;

    int latest() {
        return starts.isEmpty() ? -1 : starts.lastKey();
    }

    boolean isEmpty() {
        return starts.isEmpty();
    }

    /// Where the first epoch begins; -1 when none is known.
    long firstStart() {
        return starts.isEmpty() ? -1 : starts.firstEntry().getValue();
    }

    /// Records that `epoch` begins at `offset`, when it is newer than all that are known.
    void assign(int epoch, long offset) {
        if (epoch <= latest() || epoch < 0) {
            return;
        }
        // An epoch that begins where this one does left no record.
        while (!starts.isEmpty() && starts.lastEntry().getValue() >= offset) {
            starts.pollLastEntry();
        }
        starts.put(epoch, offset);
        begunAt = Math.min(begunAt, offset);
    }

    /// By epoch.
    Map<Integer, Long> starts() {
        return starts;
    }

    /// Records what others know of epochs that begin in a hole: no batch tells of it any more.
    void assignFrom(LeaderEpochs known, long holeFrom, long holeTo, int newest) {
        if (holeFrom >= holeTo) {
            return; // no hole: between any two batches of most logs
        }
        known.starts
                .headMap(newest, true)
                .forEach((epoch, start) -> {
                    if (holeFrom <= start && start < holeTo) {
                        assign(epoch, start);
                    }
                });
    }

    LeaderEpochs copy() {
        var copy = new LeaderEpochs();
        copy.starts.putAll(starts);
        return copy;
    }

    /// The epoch of a record; -1 when unknown.
    int epochAt(long offset) {
        int epoch = -1;
        for (var entry : starts.entrySet()) {
            if (entry.getValue() > offset) {
                break;
            }
            epoch = entry.getKey();
        }
        return epoch;
    }

    /// KIP-320: the end of the greatest epoch that is not above `asked`.
    EpochEnd endOf(int asked, long logEnd) {
        if (asked < 0 || starts.isEmpty()) {
            return EpochEnd.UNKNOWN;
        }
        if (asked == latest()) {
            return new EpochEnd(asked, logEnd);
        }
        Map.Entry<Integer, Long> above = starts.higherEntry(asked);
        if (above == null) {
            return EpochEnd.UNKNOWN; // newer than this replica has heard of
        }
        Map.Entry<Integer, Long> floor = starts.floorEntry(asked);
        return floor == null
                ? new EpochEnd(asked, above.getValue())
                : new EpochEnd(floor.getKey(), above.getValue());
    }

    /// Forgets epochs that begin at or after the new end of the log.
    void truncateEnd(long logEnd) {
        while (!starts.isEmpty() && starts.lastEntry().getValue() >= logEnd) {
            starts.pollLastEntry();
            dirty = true;
        }
    }

    /// Forgets epochs that end at or before the new start; the one that holds it begins there.
    void truncateStart(long logStart) {
        Map.Entry<Integer, Long> floor = null;
        while (!starts.isEmpty() && starts.firstEntry().getValue() <= logStart) {
            floor = starts.pollFirstEntry();
        }
        if (floor != null) {
            starts.put(floor.getKey(), Math.max(logStart, floor.getValue()));
            dirty |= floor.getValue() < logStart;
        }
    }

    void clear() {
        dirty |= !starts.isEmpty();
        starts.clear();
    }

    /// The file's bytes when it has to be written; null when it says enough. An epoch that has no record yet is not worth a
    /// write: the leader that began it begins one again when it is restarted, and the batches bring it when it has some.
    @Nullable ByteBuffer takeUnwritten(long logEnd) {
        if (!dirty && begunAt >= logEnd) {
            return null;
        }
        dirty = false;
        boolean isLastEmpty = !starts.isEmpty() && starts.lastEntry().getValue() >= logEnd;
        begunAt = isLastEmpty ? starts.lastEntry().getValue() : Long.MAX_VALUE;
        return encoded(logEnd);
    }

    /// What [#takeUnwritten] gave is not in the file.
    void notWritten() {
        dirty = true;
    }

    /// The epochs that have records.
    ByteBuffer encoded(long logEnd) {
        var lines = new ArrayList<String>();
        starts.forEach((epoch, start) -> {
            if (start < logEnd) {
                lines.add(epoch + " " + start + "\n");
            }
        });
        String text = "0\n" + lines.size() + "\n" + String.join("", lines);
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Reads the file. A missing or damaged one gives no epochs: recovery finds them in the batches.
    static LeaderEpochs load(Storage directory) throws IOException {
        var epochs = new LeaderEpochs();
        byte[] bytes = directory.readAll(LogFiles.LEADER_EPOCHS);
        if (bytes != null && !epochs.decode(new String(bytes, StandardCharsets.UTF_8))) {
            epochs.starts.clear();
            epochs.dirty = true;
        }
        return epochs;
    }

    private boolean decode(String text) {
        String[] lines = text.split("\n", -1);
        try {
            if (lines.length < 3 || !lines[0].equals("0") || !lines[lines.length - 1].isEmpty()) {
                return false;
            }
            if (Integer.parseInt(lines[1]) != lines.length - 3) {
                return false;
            }
            for (int i = 2; i < lines.length - 1; i++) {
                int space = lines[i].indexOf(' ');
                int epoch = Integer.parseInt(lines[i].substring(0, Math.max(0, space)));
                long start = Long.parseLong(lines[i].substring(space + 1));
                if (epoch <= latest()
                        || (!starts.isEmpty() && start <= starts.lastEntry().getValue())) {
                    return false;
                }
                starts.put(epoch, start);
            }
            return true;
        } catch (NumberFormatException notOurs) {
            return false;
        }
    }
}
