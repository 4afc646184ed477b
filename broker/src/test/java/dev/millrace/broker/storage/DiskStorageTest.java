package dev.millrace.broker.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StorageContract;
import dev.millrace.engine.env.StoredFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskStorageTest extends StorageContract {
    @TempDir Path directory;

    @Override
    protected Storage storage() throws IOException {
        return DiskStorage.open(directory.resolve("data"));
    }

    @Override
    protected Storage afterCrash(Storage storage) throws IOException {
        return DiskStorage.open(directory.resolve("data"));
    }

    @Test
    void sendsASliceByItself() throws IOException {
        try (StoredFile file = storage().open("f")) {
            file.append(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}));
            var out = new ByteArrayOutputStream();
            var transferable = (TransferableFile) file;
            assertEquals(3, transferable.transferTo(1, 3, Channels.newChannel(out)));
            assertEquals(0, transferable.transferTo(5, 3, Channels.newChannel(out)));
            assertEquals(List.of((byte) 2, (byte) 3, (byte) 4), boxed(out.toByteArray()));
        }
    }

    private static List<Byte> boxed(byte[] bytes) {
        var list = new ArrayList<Byte>();
        for (byte b : bytes) {
            list.add(b);
        }
        return list;
    }

    @Test
    void oneProcessAtATime() throws Exception {
        var storage = DiskStorage.open(directory);
        AutoCloseable lock = storage.lock();
        IOException refused =
                assertThrows(IOException.class, () -> DiskStorage.open(directory).lock());
        assertTrue(String.valueOf(refused.getMessage()).contains("in use by another broker"));
        lock.close();
        storage.lock().close();
    }

    @Test
    void idleFilesGiveTheirHandlesBackAndWorkOn() throws IOException {
        var storage = DiskStorage.open(directory, new OpenFiles(8, 100));
        List<StoredFile> files = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            StoredFile file = storage.open("f" + i);
            file.append(ByteBuffer.wrap(new byte[] {(byte) i}));
            file.sync();
            files.add(file);
        }
        storage.publish("f3", "g3");
        assertTrue(openHandles() <= 20, () -> openHandles() + " handles are open");
        for (int i = 0; i < 50; i++) {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertEquals(1, files.get(i).read(0, one));
            assertEquals(i, one.get(0));
        }
        for (StoredFile file : files) {
            file.close();
        }
        assertEquals(0, openHandles());
    }

    @Test
    void filesThatNobodySyncsDoNotStayOpenEither() throws IOException {
        var storage = DiskStorage.open(directory, new OpenFiles(4, 8));
        List<StoredFile> files = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            StoredFile file = storage.open("f" + i);
            file.append(ByteBuffer.wrap(new byte[] {(byte) i}));
            files.add(file);
        }
        assertTrue(openHandles() <= 10, () -> openHandles() + " handles are open");
        files.getFirst().append(ByteBuffer.wrap(new byte[] {1}));
        assertEquals(2, files.getFirst().size());
        for (StoredFile file : files) {
            file.sync();
            file.close();
        }
        assertEquals(0, openHandles());
    }

    /// A sync that comes between the beginning of an append and its bytes has not synced them.
    @Test
    void whatIsWrittenWhileAnotherSyncsStaysUnsynced() throws IOException {
        var syncing = new SyncingWhenOpened();
        var storage = DiskStorage.open(directory, syncing);
        var file = (DiskFile) storage.open("f");
        assertTrue(file.tryEvict());
        syncing.next = file;
        file.append(ByteBuffer.wrap(new byte[] {1}));

        assertFalse(file.tryEvict(), "its bytes are not synced");
        file.sync();
        assertTrue(file.tryEvict());
        syncing.next = file;
        file.truncate(0);
        assertFalse(file.tryEvict(), "nor is its end");
        file.close();
    }

    /// Has a file synced once while somebody is about to change it.
    private static final class SyncingWhenOpened extends OpenFiles {
        private @Nullable DiskFile next;

        SyncingWhenOpened() {
            super(8, 100);
        }

        @Override
        void opened(DiskFile file) {
            super.opened(file);
            if (file.equals(next)) {
                next = null;
                try {
                    file.sync();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    /// Of this test's directory, as the system counts them.
    private long openHandles() {
        try (var handles = Files.list(Path.of("/proc/self/fd"))) {
            return handles.filter(this::isOurs).count();
        } catch (IOException e) {
            return 0;
        }
    }

    private boolean isOurs(Path handle) {
        try {
            return Files.readSymbolicLink(handle).startsWith(directory);
        } catch (IOException gone) {
            return false;
        }
    }
}
