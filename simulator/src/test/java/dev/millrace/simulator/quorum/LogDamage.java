package dev.millrace.simulator.quorum;

import dev.millrace.engine.env.Storage;
import dev.millrace.simulator.disk.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// What a disk does to a metadata log.
final class LogDamage {
    private static final int CRC_COVERS_FROM = 21;

    private LogDamage() {}

    /// One bit of the log flips while nothing runs: within what a batch's checksum covers, and not in the last batch, which could as
    /// well have been torn.
    ///
    /// @param folder of the log, on that disk
    /// @return whether there was one to flip
    static boolean flipBit(SimDisk disk, Storage folder, Random random) {
        List<String> logs = logs(folder);
        if (logs.isEmpty()) {
            return false; // it has not begun
        }
        String path = SimNode.FOLDER + "/" + logs.get(random.nextInt(logs.size()));
        ByteBuffer bytes = ByteBuffer.wrap(disk.bytes(path));
        List<Integer> batches = new ArrayList<>();
        for (int at = 0; at + 12 <= bytes.limit(); at += 12 + bytes.getInt(at + 8)) {
            batches.add(at);
        }
        if (batches.size() < 2) {
            return false;
        }
        int at = batches.get(random.nextInt(batches.size() - 1));
        int covered = 12 + bytes.getInt(at + 8) - CRC_COVERS_FROM;
        int position = at + CRC_COVERS_FROM + random.nextInt(covered);
        disk.flip(path, position, random.nextInt(8));
        return true;
    }

    private static List<String> logs(Storage folder) {
        try {
            return folder.files().stream().filter(name -> name.endsWith(".log")).toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
