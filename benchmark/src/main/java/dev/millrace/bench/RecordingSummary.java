package dev.millrace.bench;

import dev.millrace.bench.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/// Where a recording's CPU time went and what allocated: the greatest few of each, as text.
///
/// A method is shown with the nearest caller outside of the JDK: `HashMap.get` alone would say nothing.
final class RecordingSummary {
    private static final int TOP = 15;
    private static final String CPU_TIME = "jdk.CPUTimeSample";
    private static final Set<String> EXECUTION =
            Set.of("jdk.ExecutionSample", "jdk.NativeMethodSample");
    private static final String ALLOCATION = "jdk.ObjectAllocationSample";

    private record Site(String what, String caller) {}

    private final Map<Site, Double> cpuTime = new HashMap<>();
    private final Map<Site, Double> execution = new HashMap<>();
    private final Map<Site, Double> allocated = new HashMap<>();

    private RecordingSummary() {}

    static RecordingSummary read(Path recording) throws IOException {
        RecordingSummary summary = new RecordingSummary();
        try (RecordingFile file = new RecordingFile(recording)) {
            while (file.hasMoreEvents()) {
                summary.add(file.readEvent());
            }
        }
        return summary;
    }

    private void add(RecordedEvent event) {
        String type = event.getEventType().getName();
        if (type.equals(CPU_TIME)) {
            cpuTime.merge(
                    site(top(event.getStackTrace()), event.getStackTrace()), 1.0, Double::sum);
        } else if (EXECUTION.contains(type)) {
            execution.merge(
                    site(top(event.getStackTrace()), event.getStackTrace()), 1.0, Double::sum);
        } else if (type.equals(ALLOCATION)) {
            String what = event.getClass("objectClass").getName();
            allocated.merge(
                    site(
                            readable(what) + " in " + top(event.getStackTrace()),
                            event.getStackTrace()),
                    (double) event.getLong("weight"),
                    Double::sum);
        }
    }

    /// Samples by CPU time where the JVM takes them, else those of its older sampler, which sees Java code only.
    String text() {
        Map<Site, Double> cpu = cpuTime.isEmpty() ? execution : cpuTime;
        String sampler = cpuTime.isEmpty() ? "execution samples" : "CPU time samples";
        return table(sampler, cpu, total(cpu), 1)
                + table("MB allocated", allocated, total(allocated), 1e6);
    }

    private static double total(Map<Site, Double> weights) {
        return weights.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    private static String table(
            String title, Map<Site, Double> weights, double total, double unit) {
        Table table = new Table(List.of("method", "for", "share"), 2);
        weights.entrySet().stream()
                .sorted(
                        Map.Entry.<Site, Double>comparingByValue(Comparator.reverseOrder())
                                .thenComparing(entry -> entry.getKey().what()))
                .limit(TOP)
                .forEach(entry ->
                        table.add(
                                List.of(
                                        entry.getKey().what(),
                                        entry.getKey().caller(),
                                        percent(entry.getValue(), total))));
        return String.format(Locale.ROOT, "%n%,.0f %s%n%s", total / unit, title, table.text());
    }

    private static String percent(double part, double total) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * part / total);
    }

    private static Site site(String what, @Nullable RecordedStackTrace stack) {
        String caller =
                frames(stack)
                        .map(RecordedFrame::getMethod)
                        .filter(method -> !ofTheJdk(method))
                        .map(RecordingSummary::name)
                        .findFirst()
                        .orElse("-");
        return new Site(what, what.endsWith(caller) ? "-" : caller);
    }

    private static String top(@Nullable RecordedStackTrace stack) {
        return frames(stack)
                .map(frame -> name(frame.getMethod()))
                .findFirst()
                .orElse("(no Java frame: the JVM itself)");
    }

    private static Stream<RecordedFrame> frames(@Nullable RecordedStackTrace stack) {
        return stack == null ? Stream.of() : stack.getFrames().stream();
    }

    private static boolean ofTheJdk(RecordedMethod method) {
        String type = method.getType().getName();
        return Stream.of("java.", "javax.", "jdk.", "sun.", "com.sun.").anyMatch(type::startsWith);
    }

    /// Class and method without the package.
    private static String name(RecordedMethod method) {
        String type = method.getType().getName();
        return type.substring(type.lastIndexOf('.') + 1) + "." + method.getName();
    }

    /// `[B` as `byte[]`.
    private static String readable(String type) {
        int dimensions = type.lastIndexOf('[') + 1;
        String element =
                switch (type.substring(dimensions)) {
                    case "B" -> "byte";
                    case "C" -> "char";
                    case "I" -> "int";
                    case "J" -> "long";
                    case "Z" -> "boolean";
                    case "D" -> "double";
                    case "F" -> "float";
                    case "S" -> "short";
                    case String name when dimensions > 0 -> name.substring(1, name.length() - 1);
                    case String name -> name;
                };
        return element.substring(element.lastIndexOf('.') + 1) + "[]".repeat(dimensions);
    }
}
