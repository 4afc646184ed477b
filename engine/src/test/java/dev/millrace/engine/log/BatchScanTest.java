package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class BatchScanTest {
    private final HeapStorage storage = new HeapStorage();
    private final StoredFile one = file("one", 7);
    private final StoredFile other = file("other", 70_000);

    private StoredFile file(String name, long offset) {
        try {
            StoredFile file = storage.open(name);
            var record = new SimpleRecord(1, null, Batches.bytes("value"));
            file.append(Batches.plain().at(offset, 0).of(record).buffer());
            return file;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static BatchScan at(StoredFile file) throws IOException {
        var scan = BatchScan.borrowing(file, 0, file.size());
        assertTrue(scan.next());
        return scan;
    }

    @Test
    void aWalkThatWasClosedShowsNothingOfALaterOne() throws IOException {
        var over = at(one);
        ByteBuffer block = over.header();
        assertEquals(7, over.baseOffset());
        over.close();
        try (var later = at(other)) {
            assertSame(block, later.header(), "the block was lent again");
            assertEquals(70_000, later.baseOffset());
            assertThrows(IndexOutOfBoundsException.class, over::baseOffset);
            assertThrows(IndexOutOfBoundsException.class, over::lastOffset);
        }
    }

    @Test
    void aBlockIsGivenBackOnce() throws IOException {
        var over = at(one);
        over.close();
        try (var first = at(one)) {
            over.close();
            try (var second = at(other)) {
                assertNotSame(first.header(), second.header());
                assertEquals(7, first.baseOffset());
                assertEquals(70_000, second.baseOffset());
            }
        }
    }
}
