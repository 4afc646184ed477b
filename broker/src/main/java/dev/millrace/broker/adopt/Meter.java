package dev.millrace.broker.adopt;

/// Counts the bytes of logs that were copied and checked.
final class Meter {
    private final AdoptProgress progress;
    private final long total;
    private long done;
    private String folder = "";

    Meter(AdoptProgress progress, long total) {
        this.progress = progress;
        this.total = total;
    }

    void begin(String nextFolder) {
        folder = nextFolder;
        progress.at(done, total, folder);
    }

    void add(long bytes) {
        done += bytes;
        progress.at(done, total, folder);
    }
}
