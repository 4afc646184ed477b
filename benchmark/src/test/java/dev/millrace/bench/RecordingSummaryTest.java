package dev.millrace.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingSummaryTest {
    private static final int ARRAYS = 200;
    private static final int LONGS = 1 << 17;

    private static long[][] allocateMuch() {
        long[][] arrays = new long[ARRAYS][];
        for (int i = 0; i < ARRAYS; i++) {
            arrays[i] = new long[LONGS];
        }
        return arrays;
    }

    @Test
    void showsWhatAllocatedMostAndWhere(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("one.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.ObjectAllocationSample").with("throttle", "off");
            recording.start();
            assertTrue(allocateMuch().length > 0);
            recording.stop();
            recording.dump(file);
        }
        String text = RecordingSummary.read(file).text();
        assertTrue(text.contains("long[] in RecordingSummaryTest.allocateMuch"), () -> text);
    }

    @Test
    void aRecordingOfNothingIsAnEmptySummary(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("empty.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            recording.stop();
            recording.dump(file);
        }
        String text = RecordingSummary.read(file).text();
        assertTrue(text.contains("0 execution samples"), () -> text);
        assertTrue(text.contains("0 MB allocated"), () -> text);
    }
}
