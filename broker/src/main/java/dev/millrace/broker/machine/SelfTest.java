package dev.millrace.broker.machine;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.machine.MachineFacts.Disk;
import dev.millrace.broker.storage.DiskStorage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What will go wrong on this machine with these settings: one sentence a problem, with what to do about it. Nothing on a machine
/// that can hold them. `docs/operations.md` has the list.
public final class SelfTest {
    private static final long MB = 1 << 20;

    /// What is open beside segments and connections.
    private static final long OTHER_FILES = 200;

    /// When nobody said how many connections there may be, this many must be possible.
    private static final long USUAL_CONNECTIONS = 1_000;

    /// One segment of the usual size: retention deletes no less at a time.
    private static final long LEAST_FREE = 1 << 30;

    /// No clock that is right shows an earlier time to this version.
    private static final long MADE_MS = 1_793_491_200_000L; // 2026-11-01

    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs", "devtmpfs");
    private static final Set<String> OF_A_CONTAINER = Set.of("overlay", "aufs", "overlayfs");
    private static final Set<String> OVER_A_NETWORK =
            Set.of(
                    "nfs",
                    "nfs3",
                    "nfs4",
                    "cifs",
                    "smb2",
                    "smb3",
                    "smbfs",
                    "9p",
                    "ceph",
                    "lustre",
                    "afs",
                    "glusterfs",
                    "fuse.glusterfs",
                    "fuse.sshfs",
                    "fuse.s3fs");

    private final MachineFacts facts;
    private final BrokerConfig config;
    private final List<String> problems = new ArrayList<>();

    private SelfTest(MachineFacts facts, BrokerConfig config) {
        this.facts = facts;
        this.config = config;
    }

    public static List<String> problems(MachineFacts facts, BrokerConfig config) {
        var test = new SelfTest(facts, config);
        test.openFiles();
        test.memory();
        test.clock();
        for (Disk disk : facts.disks()) {
            test.fileSystem(disk);
            test.free(disk);
        }
        return test.problems;
    }

    private void openFiles() {
        boolean said = config.settings().containsKey("max.connections");
        long connections = said ? config.network().connections().all() : USUAL_CONNECTIONS;
        long wanted =
                connections + (long) DiskStorage.OPEN_FILES * config.logDirs().size() + OTHER_FILES;
        if (facts.openFiles() < wanted) {
            problems.add(
                    "This process may open %d files, and %d connections with the files of the partitions may need %d; raise the limit (ulimit -n %d, or LimitNOFILE=%d of the service)%s."
                            .formatted(
                                    facts.openFiles(),
                                    connections,
                                    wanted,
                                    wanted,
                                    wanted,
                                    said ? " or lower max.connections" : ""));
        }
    }

    private void memory() {
        long requests = config.network().requestMemoryBytes();
        long wanted = facts.heapBytes() + requests;
        boolean container = facts.containerBytes() < facts.memoryBytes();
        long there = Math.min(facts.containerBytes(), facts.memoryBytes());
        if (there < wanted) {
            problems.add(
                    "The heap may grow to %d MB and the buffers of requests to %d MB, and this %s has %d MB: the system may kill the broker; set MILLRACE_HEAP=%dm, or give it %d MB."
                            .formatted(
                                    facts.heapBytes() / MB,
                                    requests / MB,
                                    container ? "container" : "machine",
                                    there / MB,
                                    Math.max(64, (there - requests) / MB * 3 / 4),
                                    wanted / MB));
        }
    }

    private void clock() {
        if (facts.wallMs() < MADE_MS) {
            problems.add(
                    "The clock shows %s, before this version was made: retention by time would keep or delete the wrong records; set the clock before clients write."
                            .formatted(Instant.ofEpochMilli(facts.wallMs())));
        }
    }

    private void fileSystem(Disk disk) {
        if (IN_MEMORY.contains(disk.type())) {
            problems.add(
                    "The data directory %s lies in memory (%s): a restart of the machine loses every record, flushed or not; choose a folder on a disk with --data DIR, or say --memory."
                            .formatted(disk.directory(), disk.type()));
        } else if (OF_A_CONTAINER.contains(disk.type())) {
            problems.add(
                    "The data directory %s lies in the container's own layer (%s): it is deleted together with the container; mount a volume there."
                            .formatted(disk.directory(), disk.type()));
        } else if (OVER_A_NETWORK.contains(disk.type())) {
            problems.add(
                    "The data directory %s lies on a network file system (%s): what a flush promises depends on the server, and while that is away the partitions are offline; use a local disk."
                            .formatted(disk.directory(), disk.type()));
        }
    }

    private void free(Disk disk) {
        if (disk.usableBytes() < LEAST_FREE && !IN_MEMORY.contains(disk.type())) {
            problems.add(
                    "The disk of the data directory %s has %d MB left: when it is full, writes fail and partitions go offline; free space, or keep less (log.retention.bytes, log.retention.hours)."
                            .formatted(disk.directory(), disk.usableBytes() / MB));
        }
    }
}
