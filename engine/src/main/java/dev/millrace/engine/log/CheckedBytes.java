package dev.millrace.engine.log;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which bytes of one segment this process may serve: those that it has written or checked itself (L2).
///
/// ```
///   0 ...... run ====== lost xxxx ====== run ....... soundFrom ==================> end of the file
///   unchecked   checked   damaged   checked  unchecked     written, or checked to the end
/// ```
/// Runs and lost ranges begin and end between two batches. A segment that was read through, or made by this process, is sound from 0
/// on: whoever reads there pays for one comparison.
///
/// **Owner.** The segment, in its partition's turn.
final class CheckedBytes {
    /// Readers that begin at so many different places of an unchecked segment; at the bound the first run is forgotten, and checked
    /// again when it is read.
    static final int MOST_RUNS = 64;

    /// Of more damage the first is forgotten, found again when it is read, and said again.
    static final int MOST_LOST = 1_000;

    /// Whole batches that were checked together.
    ///
    /// @param nextOffset behind the last of them
    /// @param epoch of the last of them
    record Run(long from, long to, long nextOffset, int epoch) {}

    private final List<Run> runs = new ArrayList<>(0);
    private final List<LostRange> lost = new ArrayList<>(0);
    private long soundFrom;

    /// @param size of the file when this process found it: what it appends itself needs no check
    CheckedBytes(long size) {
        soundFrom = size;
    }

    /// Everything from here on was written or checked by this process.
    long soundFrom() {
        return soundFrom;
    }

    /// The run that holds the byte at `position`; null when that was not checked.
    @Nullable Run runAt(long position) {
        for (Run run : runs) {
            if (run.from <= position && position < run.to) {
                return run;
            }
        }
        return null;
    }

    /// The run that ends at `position`; null when there is none.
    @Nullable Run runBefore(long position) {
        for (Run run : runs) {
            if (run.to == position) {
                return run;
            }
        }
        return null;
    }

    /// The damage that holds the byte at `position`; null when nothing is known of any.
    @Nullable LostRange lostAt(long position) {
        for (LostRange range : lost) {
            if (range.position() <= position && position < range.end()) {
                return range;
            }
        }
        return null;
    }

    /// The damage that ends at `position`, or bytes that are missing there.
    @Nullable LostRange lostBefore(long position) {
        for (LostRange range : lost) {
            if (range.end() == position) {
                return range;
            }
        }
        return null;
    }

    List<LostRange> lost() {
        return lost;
    }

    /// Whether the batch at `position` may be believed without a look at its checksum.
    boolean covers(long position) {
        return position >= soundFrom || runAt(position) != null;
    }

    /// The first byte behind `position` of which something is known; it is the beginning of a batch or the end of the file.
    long knownFrom(long position) {
        long known = Math.max(soundFrom, position);
        for (Run run : runs) {
            known = run.from > position ? Math.min(known, run.from) : known;
        }
        for (LostRange range : lost) {
            known = range.position() > position ? Math.min(known, range.position()) : known;
        }
        return known;
    }

    /// Whole batches were checked and are good.
    void checked(Run run) {
        Run all = run;
        for (int i = runs.size() - 1; i >= 0; i--) {
            Run other = runs.get(i);
            if (other.from <= all.to && all.from <= other.to) {
                all = joined(other, all);
                runs.remove(i);
            }
        }
        if (all.to >= soundFrom) {
            soundFrom = Math.min(soundFrom, all.from);
            return;
        }
        if (runs.size() == MOST_RUNS) {
            runs.removeFirst();
        }
        runs.add(all);
    }

    private static Run joined(Run a, Run b) {
        Run last = a.to >= b.to ? a : b;
        return new Run(Math.min(a.from, b.from), last.to, last.nextOffset, last.epoch);
    }

    /// @return false when that was known
    boolean lost(LostRange range) {
        for (LostRange known : lost) {
            if (known.position() == range.position() && known.bytes() == range.bytes()) {
                return false;
            }
        }
        if (lost.size() == MOST_LOST) {
            lost.removeFirst();
        }
        lost.add(range);
        return true;
    }

    /// The file was cut: what is appended from now on is ours.
    void truncated(long size) {
        lost.removeIf(
                range -> range.end() > size || (range.bytes() == 0 && range.position() == size));
        for (int i = runs.size() - 1; i >= 0; i--) {
            if (runs.get(i).to > size) {
                runs.remove(i);
            }
        }
        soundFrom = Math.min(soundFrom, size);
        Run last = runBefore(soundFrom);
        if (last != null) {
            runs.remove(last);
            soundFrom = last.from;
        }
    }
}
