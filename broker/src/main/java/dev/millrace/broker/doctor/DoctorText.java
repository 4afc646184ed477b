package dev.millrace.broker.doctor;

import dev.millrace.engine.doctor.Diagnosis;
import dev.millrace.engine.doctor.Diagnosis.Entry;
import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.Finding.Lost;
import dev.millrace.engine.log.Finding.Weight;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/// What a person reads: the worst first, then what to do next.
final class DoctorText {
    private static final String INDENT = " ".repeat(7);

    /// Notes that are shown; the others are counted.
    private static final int NOTES = 10;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final DoctorFindings told;
    private final StringBuilder text = new StringBuilder();

    private DoctorText(DoctorFindings told) {
        this.told = told;
    }

    static String text(DoctorFindings told) {
        var text = new DoctorText(told);
        text.repairs();
        text.head();
        for (Entry entry : told.last().worstFirst()) {
            if (entry.finding().weight() != Weight.NOTE) {
                text.entry(entry);
            }
        }
        text.notes();
        text.next();
        return text.text.toString();
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    private String directories() {
        return told.options().directories().stream()
                .map(Path::toString)
                .collect(Collectors.joining(", "));
    }

    // ---- what was done

    private void repairs() {
        for (DoctorRun.Repaired repaired : told.repaired()) {
            String where =
                    repaired.entries().stream()
                            .map(this::path)
                            .distinct()
                            .collect(Collectors.joining(", "));
            if (repaired.failed() == null) {
                line("done   " + where);
                line(INDENT + repaired.mend().does());
            } else {
                line("FAILED " + where);
                line(INDENT + repaired.mend().does() + ": " + repaired.failed().getMessage());
            }
        }
        if (!told.repaired().isEmpty()) {
            line("");
        }
    }

    // ---- what is there

    private void head() {
        Diagnosis last = told.last();
        String checked =
                "%s, %s of records checked%s"
                        .formatted(
                                counted(last.partitions(), "partition"),
                                Bytes.text(told.first().bytes()),
                                told.repaired().isEmpty() ? "" : ", and again after the repair");
        long found = last.entries().stream().filter(DoctorText::counts).count();
        if (found == 0) {
            line(directories() + " is healthy: " + checked + ".");
        } else {
            line("%s: %s found. %s.".formatted(directories(), counted(found, "problem"), checked));
            line("");
        }
    }

    private static boolean counts(Entry entry) {
        return entry.finding().weight() != Weight.NOTE;
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private String path(Entry entry) {
        String file = entry.finding().file();
        String path = file.isEmpty() ? entry.folder() : entry.path();
        return told.options().directories().size() == 1 ? path : entry.directory() + "/" + path;
    }

    private void entry(Entry entry) {
        Finding finding = entry.finding();
        String weight = finding.weight().name();
        String label = weight + " ".repeat(INDENT.length() - weight.length());
        Lost lost = finding.lost();
        if (lost != null) {
            line(label + whose(entry) + ": " + offsets(lost));
            line(INDENT + path(entry) + " " + finding.what());
            String times = times(lost);
            if (!times.isEmpty()) {
                line(INDENT + times);
            }
        } else {
            line(label + path(entry) + " " + finding.what());
        }
        if (finding.mend() != null && !told.options().repair()) {
            line(INDENT + "--repair: " + finding.mend().does());
        }
    }

    private static String whose(Entry entry) {
        return entry.partition() == null
                ? "the metadata log"
                : "topic %s, partition %d"
                        .formatted(entry.partition().topic(), entry.partition().partition());
    }

    private static String offsets(Lost lost) {
        if (lost.lastOffset() < lost.firstOffset()) {
            return "records from offset %d on cannot be read".formatted(lost.firstOffset());
        }
        return lost.firstOffset() == lost.lastOffset()
                ? "the record at offset %d cannot be read".formatted(lost.firstOffset())
                : "the %d records at offsets %d to %d cannot be read"
                        .formatted(
                                lost.lastOffset() - lost.firstOffset() + 1,
                                lost.firstOffset(),
                                lost.lastOffset());
    }

    private static String times(Lost lost) {
        if (lost.after() < 0 && lost.before() < 0) {
            return "";
        }
        String written =
                lost.after() < 0
                        ? "before " + time(lost.before())
                        : lost.before() < 0
                                ? "after " + time(lost.after())
                                : "between " + time(lost.after()) + " and " + time(lost.before());
        return "written " + written + " (UTC)";
    }

    private static String time(long ms) {
        return TIME.format(Instant.ofEpochMilli(ms));
    }

    private void notes() {
        List<Entry> notes = told.last().of(Weight.NOTE);
        if (notes.isEmpty()) {
            return;
        }
        line("");
        line("Nothing has to be done about:");
        notes.stream()
                .limit(NOTES)
                .forEach(entry -> line("  " + path(entry) + " " + entry.finding().what()));
        if (notes.size() > NOTES) {
            line("  and %d more (--output json shows all)".formatted(notes.size() - NOTES));
        }
    }

    // ---- what to do

    private void next() {
        List<String> steps = new ArrayList<>();
        Diagnosis last = told.last();
        String command =
                "millrace doctor "
                        + told.options().directories().stream()
                                .map(Path::toString)
                                .collect(Collectors.joining(" "));
        long mendable =
                last.entries().stream()
                        .filter(DoctorText::counts)
                        .map(entry -> entry.finding().mend())
                        .filter(Objects::nonNull)
                        .distinct()
                        .count();
        if (mendable > 0 && !told.options().repair()) {
            steps.add(
                    "%s --repair   puts right what is WRONG (%s)"
                            .formatted(command, counted(mendable, "repair")));
        }
        lost(last.of(Weight.LOST), command, steps);
        if (last.healthy() && !told.repaired().isEmpty()) {
            steps.add("Start the broker.");
        }
        if (!steps.isEmpty()) {
            line("");
            line("Next:");
            steps.forEach(step -> line("  " + step));
        }
    }

    private void lost(List<Entry> lost, String command, List<String> steps) {
        if (lost.isEmpty()) {
            return;
        }
        steps.add(
                "What is LOST is in no file here: if there is a backup or another replica, bring those folders back from it first.");
        if (lost.stream().anyMatch(entry -> entry.partition() == null)) {
            steps.add("Without its metadata log the broker does not start.");
            return;
        }
        steps.add(
                "Or leave it: the broker starts, and serves everything else; of a damaged partition at most what lies around the damage.");
        if (lost.stream().anyMatch(entry -> entry.finding().quarantine() != null)
                && !told.options().quarantine()) {
            steps.add(
                    command
                            + " --quarantine   gives it up: keeps the damaged bytes beside the segment, and has all around them served");
        }
    }
}
