package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;

/// A log of which no segment is left, or not even its folder, and what takes its place once somebody has given it up.
public final class LostLog {
    private LostLog() {}

    /// @param what is said of the folder
    /// @param logStart the first offset that is lost
    /// @param logEnd the offset behind the last one
    public static Finding finding(Folder folder, String what, long logStart, long logEnd) {
        return Finding.lost(
                "",
                what + "; it held records up to offset " + (logEnd - 1),
                new Finding.Lost(logStart, logEnd - 1, 0, 0, -1, -1),
                new Mend(
                        "begins the log anew at offset %d, so that no offset is given twice"
                                .formatted(logEnd),
                        () -> beginAt(folder.get(), logEnd)));
    }

    /// As [#finding], where other replicas are in sync: a log that began behind what is lost would be in sync at once, and once it led the
    /// others would delete what they have below.
    public static Finding findingElsewhere(String what) {
        return Finding.note(
                "",
                what
                        + ", and other replicas are in sync: the broker begins it anew with what they have");
    }

    /// What a start says of a log whose folder is gone.
    public static String withoutFolder(LogRest held) {
        return "its folder is in none of the log directories, and held the offsets %d to %d. Stop the broker, and bring the folder back or give up what is lost (`millrace doctor --quarantine`)"
                .formatted(held.logStart(), held.logEnd() - 1);
    }

    /// What a start says of a log that lay in a directory which is none of the broker's.
    public static String inNoDirectory() {
        return "its log directory is not among those that could be used. Put that disk back and name it in log.dirs, or give up what is lost (`millrace doctor --quarantine`)";
    }

    /// What the doctor says of such a log, in the folder that would take its place.
    ///
    /// @param begin has the folder say whose it is
    public static Finding findingInNoDirectory(Folder folder, Mend.Step begin) {
        return Finding.lost(
                "",
                "is not there: it was in a log directory that is none of these, and nobody knows how far it went",
                new Finding.Lost(0, -1, 0, 0, -1, -1),
                new Mend(
                        "begins the log anew at offset 0",
                        () -> {
                            begin.run();
                            beginAt(folder.get(), 0);
                        }));
    }

    /// Finds the folder, or makes it.
    @FunctionalInterface
    public interface Folder {
        Storage get() throws IOException;
    }

    private static void beginAt(Storage folder, long offset) throws IOException {
        try (StoredFile segment = folder.open(LogFiles.of(offset, LogFiles.LOG))) {
            segment.sync();
        }
        folder.syncDirectory();
    }
}
