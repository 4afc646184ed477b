package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Compares `leader-epoch-checkpoint` with the epochs in the batches.
final class EpochInspection {
    private final Storage directory;
    private final byte @Nullable [] text;
    private final LeaderEpochs saved;

    /// Every epoch that has a batch: where its first one begins, and where the batch before that ends.
    private final List<Begin> begins = new ArrayList<>();

    private record Begin(int epoch, long after, long at) {}

    EpochInspection(Storage directory) throws IOException {
        this.directory = directory;
        this.text = directory.readAll(LogFiles.LEADER_EPOCHS);
        this.saved = LeaderEpochs.load(directory);
    }

    /// What the file says; nothing when it is missing or damaged.
    LeaderEpochs saved() {
        return saved;
    }

    /// The next batch.
    ///
    /// @param before where the one before it ends
    void batch(int epoch, long before, long base) {
        if (epoch >= 0 && (begins.isEmpty() || begins.getLast().epoch < epoch)) {
            begins.add(new Begin(epoch, before, base));
        }
    }

    /// @param lost an epoch may have begun in what could not be read
    void end(LogFacts facts, long logStart, long logEnd, boolean lost, List<Finding> findings) {
        if (lost || (text == null && (!facts.closedCleanly() || begins.isEmpty()))) {
            return;
        }
        String what = text == null ? "is not there" : wrong(text, facts, logStart, logEnd);
        if (what != null) {
            findings.add(
                    Finding.wrong(
                            LogFiles.LEADER_EPOCHS,
                            what,
                            new Mend(
                                    "makes it anew from the log",
                                    () ->
                                            directory.writeAtomically(
                                                    LogFiles.LEADER_EPOCHS,
                                                    right(logStart, logEnd)))));
        }
    }

    private @Nullable String wrong(byte[] is, LogFacts facts, long logStart, long logEnd) {
        if (!Arrays.equals(is, saved.encoded(Long.MAX_VALUE).array())) {
            return "cannot be read";
        }
        long from = start(facts, logStart);
        for (int i = 0; i < begins.size(); i++) {
            Begin begin = begins.get(i);
            long end = i + 1 < begins.size() ? begins.get(i + 1).at : logEnd;
            if (end <= from) {
                continue; // deleted
            }
            long at = Math.max(begin.at, from);
            int says = saved.epochAt(at);
            boolean unsaved = !facts.closedCleanly() && begin.epoch > saved.latest();
            if (says != begin.epoch && !unsaved) {
                return "says that offset %d is of epoch %d; its batch is of epoch %d"
                        .formatted(at, says, begin.epoch);
            }
            if (i > 0 && begin.after > from && saved.epochAt(begin.after - 1) == begin.epoch) {
                return "says that epoch %d begins before offset %d; it begins at %d"
                        .formatted(begin.epoch, begin.after, begin.at);
            }
        }
        if (facts.closedCleanly() && !saved.isEmpty() && saved.firstStart() < from) {
            return "says that its first epoch begins at offset %d; the log begins at %d"
                    .formatted(saved.firstStart(), from);
        }
        int last = begins.isEmpty() ? -1 : begins.getLast().epoch;
        boolean early = !begins.isEmpty() && saved.epochAt(logEnd - 1) > last;
        return early || saved.latest() > facts.latestEpoch()
                ? "names epoch %d, of which there is no batch".formatted(saved.latest())
                : null;
    }

    /// Where the log begins. A stop that came between saving the epochs and saving the log start leaves a later one in the epochs.
    private long start(LogFacts facts, long logStart) {
        long first = saved.firstStart();
        boolean later =
                !facts.closedCleanly()
                        && first > logStart
                        && !oneBitApart(Long.toString(first), Long.toString(logStart));
        return later ? first : logStart;
    }

    private static boolean oneBitApart(String a, String b) {
        int bits = 0;
        for (int i = 0; i < a.length() && a.length() == b.length(); i++) {
            bits += Integer.bitCount(a.charAt(i) ^ b.charAt(i));
        }
        return bits == 1;
    }

    private ByteBuffer right(long logStart, long logEnd) {
        var epochs = new LeaderEpochs();
        begins.forEach(begin -> epochs.assign(begin.epoch, begin.at));
        epochs.truncateStart(logStart);
        return epochs.encoded(logEnd);
    }

    /// Where the first epoch begins that the file knows; -1 when it knows none.
    long firstStart() {
        return saved.firstStart();
    }
}
