package dev.millrace.broker.doctor;

import dev.millrace.broker.config.WrongSetting;
import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.broker.storage.ReadOnlyStorage;
import dev.millrace.engine.doctor.DataDir;
import dev.millrace.engine.doctor.Diagnosis;
import dev.millrace.engine.doctor.Doctor;
import dev.millrace.engine.doctor.Identity;
import dev.millrace.engine.log.Mend;
import dev.millrace.engine.quorum.StoppedQuorum;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// `millrace doctor`: takes the directories, has them examined and put right, and tells what was found.
public final class DoctorRun {
    private static final int HEALTHY = 0;
    private static final int FOUND = 1;
    private static final int CANNOT = 2;

    /// What a repair uncovers is repaired too; each turn is one of what the last has left.
    private static final int TURNS = 4;

    private final DoctorOptions options;
    private final PrintStream out;
    private final DoctorProgress progress;
    private final List<AutoCloseable> taken = new ArrayList<>();
    private final List<Repaired> repaired = new ArrayList<>();

    /// One repair.
    ///
    /// @param failed why not; null when it was done
    record Repaired(Mend mend, List<Diagnosis.Entry> entries, @Nullable IOException failed) {}

    private DoctorRun(DoctorOptions options, PrintStream out, PrintStream err, boolean terminal) {
        this.options = options;
        this.out = out;
        this.progress = new DoctorProgress(err, terminal && !options.json());
    }

    /// Runs the command.
    ///
    /// @param terminal a person watches: progress is shown
    /// @return the exit code
    public static int run(List<String> words, PrintStream out, PrintStream err, boolean terminal) {
        try {
            DoctorOptions options = DoctorOptions.parse(words);
            if (options.help()) {
                out.print(DoctorOptions.HELP);
                return HEALTHY;
            }
            return new DoctorRun(options, out, err, terminal).run();
        } catch (WrongSetting | Refused e) {
            err.println("millrace: " + e.getMessage());
            return CANNOT;
        } catch (IOException e) {
            err.println("millrace: the check cannot go on: " + reason(e));
            return CANNOT;
        } finally {
            out.flush();
        }
    }

    /// The directories cannot be checked.
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String sentence) {
            super(sentence);
        }
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException denied
                ? "no permission for " + denied.getFile()
                : String.valueOf(e.getMessage());
    }

    private int run() throws Refused, IOException {
        try {
            oneBroker(options.directories());
            List<DataDir> directories = new ArrayList<>();
            for (Path path : options.directories()) {
                directories.add(take(path));
            }
            var doctor = new Doctor(directories, progress);
            Diagnosis first = doctor.examine();
            Diagnosis last = options.repair() ? repair(doctor, first) : first;
            progress.end();
            var told = new DoctorFindings(options, first, last, repaired);
            out.print(options.json() ? DoctorJson.text(told) : DoctorText.text(told));
            return last.healthy() ? HEALTHY : FOUND;
        } finally {
            progress.end();
            give();
        }
    }

    private Diagnosis repair(Doctor doctor, Diagnosis first) throws IOException {
        Diagnosis now = turns(doctor, first);
        if (options.quarantine() && now.entries().stream().anyMatch(DoctorRun::hasQuarantine)) {
            doctor.mend(now, true, (m, e, failed) -> repaired.add(new Repaired(m, e, failed)));
            now = turns(doctor, doctor.examine());
        }
        return now;
    }

    private static boolean hasQuarantine(Diagnosis.Entry entry) {
        return entry.finding().quarantine() != null;
    }

    private Diagnosis turns(Doctor doctor, Diagnosis first) throws IOException {
        Diagnosis now = first;
        for (int turn = 0; turn < TURNS; turn++) {
            int before = repaired.size();
            doctor.mend(now, false, (m, e, failed) -> repaired.add(new Repaired(m, e, failed)));
            if (repaired.size() == before) {
                break;
            }
            now = doctor.examine();
            if (repaired.subList(before, repaired.size()).stream()
                    .anyMatch(r -> r.failed() != null)) {
                break;
            }
        }
        return now;
    }

    // ---- directories

    private DataDir take(Path path) throws Refused, IOException {
        if (!Files.isDirectory(path)) {
            throw new Refused(
                    "there is no directory "
                            + path
                            + "; name the one that the broker was started with, as in `millrace doctor DIR`");
        }
        try {
            if (!isData(path)) {
                throw noData(path);
            }
            return options.repair() ? toRepair(path) : toLookAt(path);
        } catch (AccessDeniedException e) {
            throw new Refused(
                    "no permission for "
                            + e.getFile()
                            + "; run the doctor as the user that the broker runs as");
        }
    }

    private static boolean isData(Path path) throws IOException {
        var storage = new ReadOnlyStorage(path);
        return storage.exists(Identity.FILE)
                || storage.directories().stream().anyMatch(f -> f.matches(".+-\\d+"));
    }

    private static Refused noData(Path path) throws IOException {
        List<String> brokers = new ArrayList<>();
        for (String folder : new ReadOnlyStorage(path).directories()) {
            if (Files.exists(path.resolve(folder).resolve(Identity.FILE))) {
                brokers.add("`millrace doctor " + path.resolve(folder) + "`");
            }
        }
        return new Refused(
                brokers.isEmpty()
                        ? path
                                + " is no data directory: it has neither meta.properties nor a folder of a partition"
                        : path
                                + " holds a folder for each of several brokers: ask for one at a time, with "
                                + String.join(", ", brokers));
    }

    /// Two directories that both hold a metadata log are two brokers'. Another node id alone may be damage, which is to be told.
    private static void oneBroker(List<Path> paths) throws Refused, IOException {
        Path first = null;
        for (Path path : paths) {
            if (!Files.isDirectory(path.resolve(StoppedQuorum.FOLDER))) {
                continue;
            }
            if (first != null && !nodeId(first).equals(nodeId(path))) {
                throw new Refused(
                        "%s is of node %s and %s of node %s: name the directories of one broker at a time"
                                .formatted(first, nodeId(first), path, nodeId(path)));
            }
            first = first == null ? path : first;
        }
    }

    private static String nodeId(Path path) throws IOException {
        byte[] bytes = new ReadOnlyStorage(path).readAll(Identity.FILE);
        var values = new Properties();
        if (bytes != null) {
            try {
                values.load(new ByteArrayInputStream(bytes));
            } catch (IllegalArgumentException damaged) {
                return "?";
            }
        }
        return values.getProperty("node.id", "?");
    }

    private DataDir toLookAt(Path path) throws Refused, IOException {
        AutoCloseable lock = ReadOnlyStorage.lock(path);
        if (lock == null) {
            throw inUse(path);
        }
        taken.add(lock);
        return new DataDir(path.toString(), new ReadOnlyStorage(path));
    }

    private DataDir toRepair(Path path) throws Refused, IOException {
        ownFiles(path);
        AutoCloseable free = ReadOnlyStorage.lock(path);
        if (free == null) {
            throw inUse(path);
        }
        close(free);
        DiskStorage storage = DiskStorage.open(path.normalize());
        taken.add(storage.lock());
        return new DataDir(path.toString(), storage);
    }

    private static Refused inUse(Path path) {
        return new Refused(path + " is in use: a broker runs on it. Stop it, then ask again");
    }

    /// What root writes into the directory of somebody else, the broker could not open.
    private static void ownFiles(Path path) throws Refused, IOException {
        String owner = Files.getOwner(path).getName();
        String user = System.getProperty("user.name", owner);
        if (!owner.equals(user)) {
            throw new Refused(
                    "%s belongs to %s: files that %s writes there could not be read by the broker; repair it as %s"
                            .formatted(path, owner, user, owner));
        }
    }

    private void give() throws IOException {
        for (AutoCloseable lock : taken) {
            close(lock);
        }
    }

    private static void close(AutoCloseable lock) throws IOException {
        try {
            lock.close();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
