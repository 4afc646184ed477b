package dev.millrace.bench.report;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the figures were measured on, and what else ran there.
public record MachineDescription(
        String cpu,
        int cores,
        long memoryMb,
        String kernel,
        String jvm,
        String fileSystem,
        String date,
        String loadAverage) {
    /// Asks `/proc` and the JVM; what cannot be read is "unknown".
    ///
    /// @param work the directory that holds the peers' data
    public static MachineDescription of(Path work) {
        return new MachineDescription(
                cpuModel(read("/proc/cpuinfo")),
                Runtime.getRuntime().availableProcessors(),
                memoryMb(read("/proc/meminfo")),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.vendor")
                        + " "
                        + System.getProperty("java.runtime.version"),
                fileSystem(work),
                LocalDate.now(java.time.ZoneId.systemDefault()).toString(),
                read("/proc/loadavg").replaceAll(" .*", "").strip());
    }

    static String cpuModel(String cpuInfo) {
        return cpuInfo.lines()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    static long memoryMb(String memInfo) {
        return memInfo.lines()
                .filter(line -> line.startsWith("MemTotal:"))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .map(kb -> kb / 1024)
                .findFirst()
                .orElse(0);
    }

    /// In the order in which a reader wants them.
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("machine", cpu + ", " + cores + " cores, " + memoryMb + " MB");
        facts.put("system", kernel + ", data on " + fileSystem);
        facts.put("Java (both sides and the load process)", jvm);
        facts.put("date", date);
        facts.put("load average at the start", loadAverage);
        return facts;
    }

    private static String fileSystem(Path work) {
        try {
            FileStore store = Files.getFileStore(work);
            return store.type() + " (" + store.name() + ")";
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
