package dev.millrace.broker.machine;

import static dev.millrace.broker.machine.MachineFacts.UNLIMITED;

import dev.millrace.broker.machine.MachineFacts.Disk;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the facts from Linux's `/proc` and `/sys`; elsewhere most of them are unknown. A handful of small files, no command.
public final class ProcFiles {
    private final Path proc;
    private final Path cgroups;

    public ProcFiles() {
        this(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
    }

    ProcFiles(Path proc, Path cgroups) {
        this.proc = proc;
        this.cgroups = cgroups;
    }

    /// @param directories of the data; those that are not there are left out
    public MachineFacts read(List<Path> directories) {
        return new MachineFacts(
                openFiles(),
                memory(),
                container(),
                Runtime.getRuntime().maxMemory(),
                System.currentTimeMillis(),
                disks(directories));
    }

    /// `Max open files  1024  524288  files`: the first figure is in force, and Java has raised it to the second.
    private long openFiles() {
        return number(field(proc.resolve("self/limits"), "Max open files"));
    }

    /// `MemTotal:  24684092 kB`.
    private long memory() {
        long kb = number(field(proc.resolve("meminfo"), "MemTotal:"));
        return kb == UNLIMITED ? UNLIMITED : kb * 1024;
    }

    /// The first word behind the words that a line begins with.
    private static String field(Path file, String begins) {
        for (String line : lines(file)) {
            if (line.startsWith(begins)) {
                String rest = line.substring(begins.length()).strip();
                int end = rest.indexOf(' ');
                return end < 0 ? rest : rest.substring(0, end);
            }
        }
        return "";
    }

    /// The least limit of this process's control groups. `0::/a/b` is version 2, `4:memory:/a/b` version 1; in a container the
    /// path may be one of the outside, then the top of what is mounted counts.
    private long container() {
        long least = UNLIMITED;
        for (String line : lines(proc.resolve("self/cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[1].isEmpty()) {
                least = Math.min(least, least(cgroups, parts[2], "memory.max"));
            } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
                Path memory = cgroups.resolve("memory");
                least = Math.min(least, least(memory, parts[2], "memory.limit_in_bytes"));
            }
        }
        return least;
    }

    /// A group's limit, and those of the groups that it is in.
    private static long least(Path top, String group, String file) {
        long least = UNLIMITED;
        @Nullable Path path = top.resolve(group.substring(Math.min(1, group.length()))).normalize();
        if (!path.startsWith(top)) {
            path = top;
        }
        while (path != null && path.startsWith(top)) {
            for (String line : lines(path.resolve(file))) {
                least = Math.min(least, number(line));
            }
            path = path.getParent();
        }
        return least;
    }

    /// `max` and `unlimited` are words; what is missing or unreadable is no limit either.
    private static long number(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            return UNLIMITED;
        }
    }

    private static List<Disk> disks(List<Path> directories) {
        var disks = new ArrayList<Disk>();
        for (Path directory : directories) {
            try {
                FileStore store = Files.getFileStore(directory);
                disks.add(new Disk(directory, store.type(), store.getUsableSpace()));
            } catch (IOException e) {
                // Unknown: whoever wants to write there will say what is wrong.
            }
        }
        return disks;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
