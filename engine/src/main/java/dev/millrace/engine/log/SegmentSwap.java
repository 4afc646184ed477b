package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts a cleaned segment in the place of those that it was made of, so that a crash at any moment leaves either. The steps, and
/// what is found after each, are in `docs/compaction.md`; the names are Kafka's.
final class SegmentSwap {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSwap.class);

    /// Files beside a segment's log that are made with it.
    static final List<String> CACHES =
            List.of(LogFiles.INDEX, LogFiles.TIME_INDEX, LogFiles.TXN_INDEX);

    private final Storage directory;

    SegmentSwap(Storage directory) {
        this.directory = directory;
    }

    /// From here on the cleaned segment counts, whatever happens.
    void commit(long base) throws IOException {
        for (String cache : CACHES) {
            String name = LogFiles.of(base, cache);
            if (directory.exists(name + LogFiles.CLEANED)) {
                directory.rename(name + LogFiles.CLEANED, name + LogFiles.SWAP);
            }
        }
        String name = LogFiles.of(base, LogFiles.LOG);
        directory.publish(name + LogFiles.CLEANED, name + LogFiles.SWAP);
    }

    /// The old ones are out of the way.
    void complete(long base) throws IOException {
        for (String cache : CACHES) {
            String name = LogFiles.of(base, cache);
            if (directory.exists(name + LogFiles.SWAP)) {
                directory.rename(name + LogFiles.SWAP, name);
            }
        }
        // Before this none of the old ones may come back, and none of the indexes be missing: that
        // there is none of aborted transactions would say that nothing was aborted.
        directory.syncDirectory();
        String name = LogFiles.of(base, LogFiles.LOG);
        directory.rename(name + LogFiles.SWAP, name);
    }

    /// Finishes or undoes what a crash has left, before a log's files are looked at.
    ///
    /// @return the names that the log's folder has then ([Storage#names])
    static List<String> recover(String log, Storage directory) throws IOException {
        List<String> names = directory.names();
        for (String name : names) {
            if (isUnfinished(name)) {
                new SegmentSwap(directory).recover(log, directory.files());
                return directory.names();
            }
        }
        return names;
    }

    private static boolean isUnfinished(String file) {
        return file.endsWith(LogFiles.CLEANED) || file.endsWith(LogFiles.SWAP);
    }

    private void recover(String log, List<String> files) throws IOException {
        long undone = Long.MAX_VALUE; // swaps from here on were not committed
        for (String file : files) {
            if (file.endsWith(LogFiles.CLEANED)) {
                undone = Math.min(undone, base(file));
                directory.delete(file);
            }
        }
        for (String file : files) {
            Long base = LogFiles.offset(file, LogFiles.LOG + LogFiles.SWAP);
            if (base != null && base < undone) {
                LOG.info("{}: {} takes the place of what it was made of", log, file);
                finish(log, base, files);
            }
        }
        for (String file : directory.files()) {
            if (file.endsWith(LogFiles.SWAP)) {
                directory.delete(file);
            }
        }
        directory.syncDirectory();
    }

    private static long base(String file) {
        String digits = file.substring(0, Math.max(0, file.indexOf('.')));
        return digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')
                ? Long.MAX_VALUE
                : Long.parseLong(digits);
    }

    private void finish(String log, long base, List<String> files) throws IOException {
        long end = endOf(log, LogFiles.of(base, LogFiles.LOG) + LogFiles.SWAP);
        for (String file : files) {
            long of = base(file);
            if (of >= base && of < end && !(of == base && isOfSwap(file, files))) {
                directory.delete(file);
            }
        }
        complete(base);
    }

    /// Of files with its base offset: whether it belongs to the cleaned segment, or tells what was before it.
    private static boolean isOfSwap(String file, List<String> files) {
        return file.endsWith(LogFiles.SWAP)
                || file.endsWith(LogFiles.SNAPSHOT)
                || (isCache(file) && !files.contains(file + LogFiles.SWAP));
    }

    private static boolean isCache(String file) {
        return CACHES.stream().anyMatch(file::endsWith);
    }

    private long endOf(String log, String swap) throws IOException {
        try (StoredFile file = directory.open(swap)) {
            var scan = new BatchScan(file, 0, file.size(), BatchScan.LONG);
            long end = 0;
            while (scan.nextOrCorrupt(log)) {
                end = scan.lastOffset() + 1;
            }
            return end;
        }
    }
}
