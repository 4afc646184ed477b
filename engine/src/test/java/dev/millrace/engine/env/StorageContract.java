package dev.millrace.engine.env;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What every storage promises. A class that extends this and passes may stand in for a disk.
public abstract class StorageContract {
    /// An empty directory.
    protected abstract Storage storage() throws IOException;

    /// What the next process finds after this one was killed and the machine lost power; the same storage where that cannot be
    /// staged, since then nothing more can be checked than that what was synced is still there.
    protected abstract Storage afterCrash(Storage storage) throws IOException;

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(StoredFile file, long position, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        int read = file.read(position, into);
        assertEquals(into.position(), read);
        return new String(into.array(), 0, read, StandardCharsets.UTF_8);
    }

    @Test
    public void whatWasAppendedIsReadableAtOnce() throws IOException {
        try (StoredFile file = storage().open("f")) {
            assertEquals(0, file.size());
            ByteBuffer first = bytes("hello ");
            file.append(first);
            assertFalse(first.hasRemaining());
            file.append(bytes("world"));
            assertEquals(11, file.size());
            assertEquals("hello world", text(file, 0, 11));
            assertEquals("world", text(file, 6, 100));
            assertEquals("", text(file, 11, 10));
        }
    }

    @Test
    public void readsIntoAPartOfABuffer() throws IOException {
        try (StoredFile file = storage().open("f")) {
            file.append(bytes("0123456789"));
            ByteBuffer into = ByteBuffer.allocate(10).position(2).limit(5);
            assertEquals(3, file.read(4, into));
            assertEquals(5, into.position());
            assertEquals('4', into.get(2));
        }
    }

    @Test
    public void largeAppendsInPiecesOfAnySize() throws IOException {
        var random = new Random(7);
        byte[] all = new byte[1 << 20];
        random.nextBytes(all);
        try (StoredFile file = storage().open("f")) {
            for (int at = 0; at < all.length; ) {
                int count = Math.min(all.length - at, 1 + random.nextInt(100_000));
                file.append(ByteBuffer.wrap(all, at, count));
                at += count;
            }
            ByteBuffer read = ByteBuffer.allocateDirect(all.length);
            assertEquals(all.length, file.read(0, read));
            byte[] got = new byte[all.length];
            read.flip().get(got);
            assertArrayEquals(all, got);
        }
    }

    @Test
    public void appendsGoOnAfterATruncation() throws IOException {
        Storage storage = storage();
        try (StoredFile file = storage.open("f")) {
            file.append(bytes("0123456789"));
            file.truncate(4);
            assertEquals(4, file.size());
            file.append(bytes("ab"));
            assertEquals("0123ab", text(file, 0, 100));
            file.truncate(0);
            assertEquals(0, file.size());
        }
        assertEquals(0, storage.size("f"));
    }

    @Test
    public void filesOpenAgainAsTheyWere() throws IOException {
        Storage storage = storage();
        try (StoredFile file = storage.open("f")) {
            file.append(bytes("abc"));
        }
        assertEquals(3, storage.size("f"));
        try (StoredFile file = storage.open("f")) {
            assertEquals(3, file.size());
            file.append(bytes("def"));
            assertEquals("abcdef", text(file, 0, 10));
        }
        assertArrayEquals("abcdef".getBytes(StandardCharsets.UTF_8), storage.readAll("f"));
    }

    @Test
    public void listsAreSortedAndTellFilesFromDirectories() throws IOException {
        Storage storage = storage();
        storage.open("b").close();
        storage.open("a").close();
        storage.open("B").close();
        storage.directory("d2");
        storage.directory("d1").open("inner").close();
        assertEquals(List.of("B", "a", "b"), storage.files());
        assertEquals(List.of("d1", "d2"), storage.directories());
        assertEquals(List.of("inner"), storage.directory("d1").files());
        List<String> names = new ArrayList<>(storage.names());
        assertEquals(names.stream().sorted().toList(), names);
        names.removeAll(storage.directories());
        assertEquals(storage.files(), names);
    }

    @Test
    public void missingFiles() throws IOException {
        Storage storage = storage();
        assertFalse(storage.exists("f"));
        assertEquals(0, storage.size("f"));
        assertNull(storage.readAll("f"));
        storage.delete("f");
        storage.deleteDirectory("d");
        assertThrows(IOException.class, () -> storage.publish("f", "g"));
        assertThrows(IOException.class, () -> storage.renameDirectory("d", "e"));
    }

    @Test
    public void publishReplacesAndOpenFilesFollow() throws IOException {
        Storage storage = storage();
        try (StoredFile old = storage.open("to");
                StoredFile file = storage.open("from")) {
            old.append(bytes("old"));
            file.append(bytes("new"));
            file.sync();
            storage.publish("from", "to");
            assertEquals("to", file.name());
            assertEquals("new", text(file, 0, 10));
            file.append(bytes("er"));
        }
        assertFalse(storage.exists("from"));
        assertArrayEquals("newer".getBytes(StandardCharsets.UTF_8), storage.readAll("to"));
    }

    @Test
    public void namesThatGoRoundKeepTheirFiles() throws IOException {
        Storage storage = storage();
        try (StoredFile old = storage.open("log");
                StoredFile next = storage.open("log.swap")) {
            old.append(bytes("old"));
            next.append(bytes("next"));
            storage.rename("log", "log.deleted");
            storage.rename("log.swap", "log");
            storage.syncDirectory();
            assertEquals("old", text(old, 0, 10));
            assertEquals("next", text(next, 0, 10));
            assertEquals("log.deleted", old.name());
            assertEquals(List.of("log", "log.deleted"), storage.files());
            assertThrows(IOException.class, () -> storage.rename("log.swap", "log"));
        }
    }

    @Test
    public void filesOfARenamedDirectoryStayOpen() throws IOException {
        Storage storage = storage();
        Storage directory = storage.directory("d");
        try (StoredFile file = directory.open("f")) {
            file.append(bytes("abc"));
            storage.renameDirectory("d", "e");
            file.append(bytes("def"));
            assertEquals("abcdef", text(file, 0, 10));
            directory.open("g").close();
        }
        assertEquals(List.of("e"), storage.directories());
        assertEquals(List.of("f", "g"), storage.directory("e").files());
        storage.deleteDirectory("e");
        assertEquals(List.of(), storage.directories());
    }

    @Test
    public void deletedNamesAreGoneAndCanBeMadeAnew() throws IOException {
        Storage storage = storage();
        try (StoredFile file = storage.open("f")) {
            file.append(bytes("abc"));
        }
        storage.delete("f");
        assertFalse(storage.exists("f"));
        try (StoredFile file = storage.open("f")) {
            assertEquals(0, file.size());
        }
    }

    @Test
    public void aClosedFileIsNotRead() throws IOException {
        StoredFile file = storage().open("f");
        file.append(bytes("abc"));
        file.close();
        file.close();
        try {
            assertEquals("abc", text(file, 0, 3));
        } catch (IOException allowed) {
            // "finish or fail, never return other bytes"
        }
    }

    @Test
    public void writtenAtomically() throws IOException {
        Storage storage = storage();
        storage.writeAtomically("f", bytes("one"));
        storage.writeAtomically("f", bytes("two"));
        assertArrayEquals("two".getBytes(StandardCharsets.UTF_8), storage.readAll("f"));
        assertEquals(List.of("f"), storage.files());
    }

    @Test
    public void whatWasSyncedSurvives() throws IOException {
        Storage storage = storage();
        Storage directory = storage.directory("d");
        storage.syncDirectory();
        StoredFile file = directory.open("f");
        file.append(bytes("synced"));
        file.sync();
        directory.syncDirectory();
        file.append(bytes(" and not"));
        directory.open("unsynced name").close();
        storage.writeAtomically("published", bytes("whole"));
        Storage after = afterCrash(storage);
        assertArrayEquals("whole".getBytes(StandardCharsets.UTF_8), after.readAll("published"));
        byte[] found = after.directory("d").readAll("f");
        assertTrue(found != null && new String(found, StandardCharsets.UTF_8).startsWith("synced"));
    }

    @Test
    public void thereIsRoom() throws IOException {
        assertTrue(storage().usableBytes() > 1 << 20);
        long total = storage().totalBytes();
        assertTrue(total == -1 || total >= storage().usableBytes());
    }
}
