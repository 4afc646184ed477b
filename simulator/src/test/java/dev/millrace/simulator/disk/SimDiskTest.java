package dev.millrace.simulator.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StorageContract;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The simulated disk keeps the contract, and is as hostile as it says.
class SimDiskTest extends StorageContract {
    private final SimDisk disk = new SimDisk();

    @Override
    protected Storage storage() {
        return disk.storage();
    }

    @Override
    protected Storage afterCrash(Storage storage) {
        return disk.afterCrash(new Random(3)).storage();
    }

    private static byte[] ones(int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) 1);
        return bytes;
    }

    @Test
    void unsyncedBytesAreKeptLostTornAndReordered() throws IOException {
        Storage storage = disk.storage();
        StoredFile file = storage.open("f");
        storage.syncDirectory();
        file.append(ByteBuffer.wrap(ones(4 * 512)));
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            byte[] found = disk.afterCrash(new Random(seed)).bytes("f");
            if (found.length < 4 * 512) {
                seen.add("short");
                continue;
            }
            boolean lost = false;
            for (int sector = 0; sector < 4; sector++) {
                byte first = found[sector * 512];
                byte last = found[sector * 512 + 511];
                if (first == 0) {
                    lost = true;
                    seen.add("lost");
                } else if (last == 0) {
                    seen.add("torn");
                } else {
                    seen.add(lost ? "kept behind a lost one" : "kept");
                }
            }
        }
        assertEquals(Set.of("short", "lost", "torn", "kept", "kept behind a lost one"), seen);
    }

    @Test
    void unsyncedNamesAreForgotten() throws IOException {
        Storage storage = disk.storage();
        storage.open("synced").close();
        storage.syncDirectory();
        try (StoredFile file = storage.open("new")) {
            file.append(ByteBuffer.wrap(ones(10)));
            file.sync();
        }
        storage.delete("synced");
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            seen.add(disk.afterCrash(new Random(seed)).storage().files().toString());
        }
        assertTrue(seen.contains("[synced]"), seen::toString);
        assertTrue(seen.contains("[new]"), seen::toString);
        assertTrue(seen.contains("[new, synced]"), seen::toString);
    }

    @Test
    void aFailedSyncLosesWhatItShouldHaveWritten() throws IOException {
        Storage storage = disk.storage();
        StoredFile file = storage.open("f");
        storage.syncDirectory();
        disk.failSyncAt(0);
        file.append(ByteBuffer.wrap(ones(512)));
        assertThrows(IOException.class, file::sync);
        file.sync();
        assertEquals(1, disk.bytes("f")[0], "the cache still has it");
        byte[] found = disk.afterCrash(new Random(1)).bytes("f");
        assertTrue(found.length == 0 || found[0] == 0, "a later sync did not bring it back");
    }

    @Test
    void theDiskFillsUpInTheMiddleOfAnAppend() throws IOException {
        StoredFile file = disk.storage().open("f");
        disk.limit(100);
        file.append(ByteBuffer.wrap(ones(60)));
        assertThrows(IOException.class, () -> file.append(ByteBuffer.wrap(ones(60))));
        assertEquals(100, file.size());
        file.truncate(60);
        disk.limit(Long.MAX_VALUE);
        file.append(ByteBuffer.wrap(ones(60)));
        assertEquals(120, file.size());
    }

    @Test
    void bitsFlipAndSectorsCannotBeRead() throws IOException {
        StoredFile file = disk.storage().open("f");
        file.append(ByteBuffer.wrap(ones(100)));
        file.sync();
        disk.flip("f", 10, 3);
        assertEquals(9, disk.bytes("f")[10]);
        disk.makeUnreadable("f", 50);
        assertEquals(50, file.read(0, ByteBuffer.allocate(50)));
        assertThrows(IOException.class, () -> file.read(40, ByteBuffer.allocate(20)));
    }

    @Test
    void nothingWorksAfterTheCrash() throws IOException {
        Storage storage = disk.storage();
        StoredFile file = storage.open("f");
        disk.crashAt(disk.operations().size());
        assertThrows(SimCrash.class, () -> file.append(ByteBuffer.wrap(ones(1))));
        assertThrows(SimCrash.class, storage::files);
        assertThrows(SimCrash.class, () -> file.read(0, ByteBuffer.allocate(1)));
    }
}
