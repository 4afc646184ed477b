package dev.millrace.dist;

import dev.millrace.broker.adopt.AdoptProgress;
import dev.millrace.broker.adopt.Sizes;
import java.util.Locale;

/// How far an adoption is, in one line that is written over: for a person at a terminal.
final class AdoptProgressLine implements AdoptProgress {
    private static final long EVERY_NANOS = 200_000_000;
    private static final String CLEAR = "\r\u001b[K";

    private final boolean shown;
    private final long began = System.nanoTime();
    private long said = began - EVERY_NANOS;
    private boolean dirty;

    AdoptProgressLine(boolean shown) {
        this.shown = shown;
    }

    @Override
    public void at(long doneBytes, long totalBytes, String folder) {
        long now = System.nanoTime();
        if (!shown || now - said < EVERY_NANOS) {
            return;
        }
        said = now;
        dirty = true;
        double seconds = Math.max(1e-3, (now - began) / 1e9);
        System.err.printf(
                Locale.ROOT,
                "%s  %s of %s, %s/s  %s",
                CLEAR,
                Sizes.text(doneBytes),
                Sizes.text(totalBytes),
                Sizes.text((long) (doneBytes / seconds)),
                folder);
        System.err.flush();
    }

    void clear() {
        if (dirty) {
            System.err.print(CLEAR);
            System.err.flush();
        }
    }
}
