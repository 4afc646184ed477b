package dev.millrace.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The pictures beside a suite's table, and the samples that they and the table come from, in one directory:
/// `<suite>.json`, `<suite>-cpu.svg`, `<suite>-floor.svg` and so on.
public final class Charts {
    private static final String FLOOR = "floor";

    private final Path directory;

    public Charts(Path directory) {
        this.directory = directory;
    }

    /// Keeps a report's samples and draws them.
    ///
    /// @return Markdown that shows the pictures in a page whose folder holds the directory
    public String write(String suite, Report report) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(samples(suite), json(report));
        return draw(suite);
    }

    /// Draws every suite again from the samples that were kept.
    ///
    /// @return the names of the suites
    public List<String> redraw() throws IOException {
        List<String> suites;
        try (Stream<Path> files = Files.list(directory)) {
            suites =
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".json"))
                            .map(name -> name.substring(0, name.length() - ".json".length()))
                            .sorted()
                            .toList();
        }
        for (String suite : suites) {
            draw(suite);
        }
        return suites;
    }

    /// The report as it is kept and as `--output json` prints it.
    public static String json(Report report) {
        return JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build()
                        .writeValueAsString(report.tree())
                + "\n";
    }

    /// The pictures by the last part of their names; empty where no row has such a figure.
    static Map<String, String> pictures(Figures figures) {
        Map<String, String> pictures = new LinkedHashMap<>();
        for (ChartKind kind : ChartKind.values()) {
            pictures.put(kind.file(), RatioChart.draw(figures, kind));
        }
        pictures.put(FLOOR, FloorChart.draw(figures));
        return pictures;
    }

    private String draw(String suite) throws IOException {
        Map<String, String> pictures = pictures(Figures.read(Files.readString(samples(suite))));
        for (var picture : pictures.entrySet()) {
            Path file = directory.resolve(suite + "-" + picture.getKey() + ".svg");
            if (picture.getValue().isEmpty()) {
                Files.deleteIfExists(file);
            } else {
                Files.writeString(file, picture.getValue());
            }
        }
        return pictures.entrySet().stream()
                .filter(picture -> !picture.getValue().isEmpty())
                .map(picture -> shown(suite + "-" + picture.getKey() + ".svg", picture.getKey()))
                .collect(Collectors.joining("\n\n", "", "\n\n"));
    }

    /// The words are for who does not see the picture: the table below has its figures.
    private String shown(String file, String name) {
        String words =
                name.equals(FLOOR)
                        ? "chart: CPU as a multiple of the floor"
                        : "chart: %s, ratio by row"
                                .formatted(
                                        ChartKind.valueOf(name.toUpperCase(Locale.ROOT)).title());
        return "![%s](%s/%s)".formatted(words, directory.getFileName(), file);
    }

    private Path samples(String suite) {
        return directory.resolve(suite + ".json");
    }
}
