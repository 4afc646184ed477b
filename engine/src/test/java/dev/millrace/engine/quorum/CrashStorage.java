package dev.millrace.engine.quorum;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// A disk whose power fails before the n-th thing done to it: what was not synced is then lost in part, names too.
final class CrashStorage implements Storage {
    /// The power is gone: whatever runs, ends here.
    static final class PowerLoss extends RuntimeException {}

    /// What is left until the power fails, counted down over all directories.
    static final class Power {
        private int left;

        Power(int left) {
            this.left = left;
        }

        void use() {
            if (left-- <= 0) {
                throw new PowerLoss();
            }
        }
    }

    private final Power power;
    private final Map<String, Bytes> files = new TreeMap<>();
    private final Map<String, Bytes> durableNames = new TreeMap<>();
    private final Map<String, CrashStorage> directories = new TreeMap<>();

    CrashStorage(Power power) {
        this.power = power;
    }

    /// The disk as it is found when the power is back.
    CrashStorage afterPowerLoss(Random random, Power next) {
        var found = new CrashStorage(next);
        for (String name : union()) {
            // A name that was made or removed without a sync of the directory is there, or not.
            Bytes file = (random.nextBoolean() ? files : durableNames).get(name);
            if (files.get(name) == durableNames.get(name)) {
                file = files.get(name);
            }
            if (file != null) {
                var kept = new Bytes(file.survivors(random));
                found.files.put(name, kept);
                found.durableNames.put(name, kept);
            }
        }
        directories.forEach(
                (name, each) -> found.directories.put(name, each.afterPowerLoss(random, next)));
        return found;
    }

    private List<String> union() {
        var names = new TreeMap<>(files);
        names.putAll(durableNames);
        return List.copyOf(names.keySet());
    }

    private static final class Bytes {
        private byte[] durable;
        private byte[] now;

        Bytes(byte[] bytes) {
            durable = bytes;
            now = bytes;
        }

        /// What was synced, and any part of what came after; the last of it may be noise.
        byte[] survivors(Random random) {
            if (now.length <= durable.length || !startsWith(now, durable)) {
                return random.nextBoolean() ? durable : now;
            }
            byte[] kept = Arrays.copyOf(now, random.nextInt(durable.length, now.length + 1));
            if (kept.length > durable.length && random.nextInt(4) == 0) {
                kept[random.nextInt(durable.length, kept.length)] ^= 0x55;
            }
            return kept;
        }

        private static boolean startsWith(byte[] bytes, byte[] start) {
            return Arrays.equals(bytes, 0, start.length, start, 0, start.length);
        }
    }

    @Override
    public List<String> files() {
        return List.copyOf(files.keySet());
    }

    @Override
    public List<String> directories() {
        return List.copyOf(directories.keySet());
    }

    @Override
    public Storage directory(String name) {
        return directories.computeIfAbsent(name, _ -> new CrashStorage(power));
    }

    @Override
    public boolean exists(String name) {
        return files.containsKey(name);
    }

    @Override
    public StoredFile open(String name) {
        return new OpenFile(name, files.computeIfAbsent(name, _ -> new Bytes(new byte[0])));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        power.use();
        Bytes file = files.remove(from);
        if (file == null) {
            throw new NoSuchFileException(from);
        }
        files.put(to, file);
    }

    @Override
    public void publish(String from, String to) throws IOException {
        rename(from, to);
        syncNames();
    }

    @Override
    public void delete(String name) {
        power.use();
        files.remove(name);
    }

    @Override
    public void renameDirectory(String from, String to) throws IOException {
        throw new IOException("the quorum renames no directory");
    }

    @Override
    public void deleteDirectory(String name) {
        power.use();
        directories.remove(name);
    }

    @Override
    public void syncDirectory() {
        power.use();
        syncNames();
    }

    private void syncNames() {
        durableNames.clear();
        durableNames.putAll(files);
    }

    @Override
    public long usableBytes() {
        return Long.MAX_VALUE;
    }

    private final class OpenFile implements StoredFile {
        private final String name;
        private final Bytes bytes;

        OpenFile(String name, Bytes bytes) {
            this.name = name;
            this.bytes = bytes;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long size() {
            return bytes.now.length;
        }

        @Override
        public void append(ByteBuffer more) {
            power.use();
            byte[] longer = Arrays.copyOf(bytes.now, bytes.now.length + more.remaining());
            more.get(longer, bytes.now.length, more.remaining());
            bytes.now = longer;
        }

        @Override
        public int read(long position, ByteBuffer into) {
            int count = (int) Math.max(0, Math.min(into.remaining(), size() - position));
            into.put(bytes.now, (int) Math.min(position, size()), count);
            return count;
        }

        @Override
        public void truncate(long size) {
            power.use();
            bytes.now = Arrays.copyOf(bytes.now, (int) size);
        }

        @Override
        public void sync() {
            power.use();
            bytes.durable = bytes.now;
        }

        @Override
        public void close() {}
    }
}
