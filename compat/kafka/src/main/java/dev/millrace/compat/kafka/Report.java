package dev.millrace.compat.kafka;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.test.junit.RaftClusterInvocationContext;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/// A line per test, while they run: progress for a reader, tab-separated for a program.
///
/// Columns of the TSV: verdict, milliseconds, class, method, invocation, reason (the failure and its first cause).
final class Report implements TestExecutionListener {
    /// How the message of a test that asked for broker internals begins, wherever in the chain of causes it ends up.
    static final String INTERNALS = "asks for broker internals: ";

    private static final int REASON_LENGTH = 600;
    private static final long NS_PER_MS = 1_000_000;

    enum Verdict {
        PASS,
        FAIL,
        ABORT,
        SKIPPED
    }

    private final PrintWriter tsv;
    private final PrintStream progress;
    private final Map<String, Long> startNs = new HashMap<>();
    private final Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);

    Report(PrintWriter tsv, PrintStream progress) {
        this.tsv = tsv;
        this.progress = progress;
        for (Verdict verdict : Verdict.values()) counts.put(verdict, 0);
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        startNs.put(test.getUniqueId(), System.nanoTime());
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        if (!reason.equals(RaftClusterInvocationContext.SAME_CLUSTER))
            add(test, Verdict.SKIPPED, reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Throwable problem = result.getThrowable().orElse(null);
        switch (result.getStatus()) {
            case SUCCESSFUL -> {
                if (test.isTest()) add(test, Verdict.PASS, "");
            }
            case ABORTED -> add(test, Verdict.ABORT, reason(problem));
            case FAILED ->
                    add(
                            test,
                            asksForInternals(problem) ? Verdict.ABORT : Verdict.FAIL,
                            reason(problem));
        }
    }

    int count(Verdict verdict) {
        return counts.getOrDefault(verdict, 0);
    }

    String summary() {
        return "passed %d, failed %d, aborted %d (they ask for broker internals), skipped %d"
                .formatted(
                        count(Verdict.PASS),
                        count(Verdict.FAIL),
                        count(Verdict.ABORT),
                        count(Verdict.SKIPPED));
    }

    private void add(TestIdentifier test, Verdict verdict, String reason) {
        counts.merge(verdict, 1, Integer::sum);
        long began = startNs.getOrDefault(test.getUniqueId(), System.nanoTime());
        long ms = (System.nanoTime() - began) / NS_PER_MS;
        String type = "-";
        String method = "-";
        switch (test.getSource().orElse(null)) {
            case MethodSource source -> {
                type = source.getClassName();
                method = source.getMethodName();
            }
            case ClassSource source -> type = source.getClassName();
            case null, default -> {}
        }
        String name = oneLine(test.getDisplayName());
        tsv.println(
                String.join("\t", verdict.name(), Long.toString(ms), type, method, name, reason));
        String simple = type.substring(type.lastIndexOf('.') + 1);
        String why =
                reason.isEmpty() ? "" : "  " + reason.substring(0, Math.min(160, reason.length()));
        progress.printf("%-7s %6.1f s  %s.%s%s%n", verdict, ms / 1000.0, simple, method, why);
    }

    private static boolean asksForInternals(@Nullable Throwable problem) {
        for (Throwable t = problem; t != null; t = t.getCause()) {
            if (String.valueOf(t.getMessage()).contains(INTERNALS)) return true;
        }
        return false;
    }

    /// The failure, where in the test it was noticed, and what is behind it.
    private static String reason(@Nullable Throwable problem) {
        if (problem == null) return "";
        Throwable first = problem;
        while (first.getCause() != null) first = first.getCause();
        var text = new StringBuilder(problem.toString());
        for (StackTraceElement frame : problem.getStackTrace()) {
            if (frame.getClassName().contains("kafka.")
                    && String.valueOf(frame.getFileName()).contains("Test.")) {
                text.append(" at ")
                        .append(frame.getFileName())
                        .append(':')
                        .append(frame.getLineNumber());
                break;
            }
        }
        if (problem.getCause() != null) text.append(" because ").append(first);
        String line = oneLine(text.toString());
        return line.length() > REASON_LENGTH ? line.substring(0, REASON_LENGTH) : line;
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").trim();
    }
}
