package dev.millrace.dist;

import dev.millrace.broker.adopt.AdoptReport;
import dev.millrace.broker.adopt.AdoptRequest;
import dev.millrace.broker.adopt.Sizes;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What `millrace adopt` says.
final class AdoptText {
    private static final int DEFAULT_NODE = 1;

    private AdoptText() {}

    static String of(AdoptRequest request, AdoptReport report) {
        var text = new StringBuilder("\n");
        line(
                text,
                "  Adopted node %d of the cluster %s, Apache Kafka at metadata version %s.\n"
                        .formatted(report.nodeId(), report.clusterId(), report.version()));
        row(
                text,
                "topics",
                "%s with %s partitions, the internal ones among them"
                        .formatted(count(report.topics()), count(report.partitions())));
        row(
                text,
                "records",
                "%s in %s, every checksum compared"
                        .formatted(count(report.records()), Sizes.text(report.bytes())));
        row(text, "settings", count(report.settings()) + ", of topics, brokers, groups, metrics");
        row(text, "producer ids", "go on at " + count(report.nextProducerId()));
        row(text, "data", paths(request.to()));
        row(
                text,
                "original",
                paths(request.from())
                        + (request.move()
                                ? ": its partitions were moved, Kafka does not start from it"
                                : ": untouched, Kafka still starts from it"));
        if (!report.notes().isEmpty()) {
            line(text, "\n  Mind:\n");
            report.notes().forEach(note -> line(text, "    " + note));
        }
        next(text, request, report);
        return text.toString();
    }

    private static void next(StringBuilder text, AdoptRequest request, AdoptReport report) {
        line(text, "\n  Next:\n\n    ./millrace up " + data(request) + node(report) + "\n");
        line(
                text,
                """
                  What stood in Kafka's server.properties is not in its directories: retention and other defaults of topics
                  (log.*), num.partitions, listeners, advertised.listeners. Bring it along with --config server.properties;
                  what is given above wins over its log.dirs and metadata.log.dir.
                """);
    }

    private static String data(AdoptRequest request) {
        return request.to().size() == 1
                ? "--data " + request.to().getFirst()
                : "--set log.dirs="
                        + request.to().stream().map(Path::toString).collect(Collectors.joining(","))
                        + " --set metadata.log.dir="
                        + request.home();
    }

    private static String node(AdoptReport report) {
        return report.nodeId() == DEFAULT_NODE ? "" : " --set node.id=" + report.nodeId();
    }

    static String finished(AdoptRequest request) {
        return "\n  Everything was there already; %s is a data directory now.\n\n    ./millrace up %s\n\n"
                .formatted(paths(request.to()), data(request));
    }

    static String refused(List<String> reasons) {
        if (reasons.size() == 1) {
            return "millrace: not adopted: " + reasons.getFirst() + "\n";
        }
        return reasons.stream()
                .map(reason -> "  - " + reason + "\n")
                .collect(Collectors.joining("", "millrace: not adopted, for these reasons:\n", ""));
    }

    private static String paths(List<Path> paths) {
        return paths.stream()
                .map(path -> path.toAbsolutePath().normalize().toString())
                .collect(Collectors.joining(", "));
    }

    private static void row(StringBuilder text, String name, String value) {
        line(text, "    " + name + " ".repeat(15 - name.length()) + value);
    }

    private static void line(StringBuilder text, String words) {
        text.append(words).append('\n');
    }

    /// `1,203,311`.
    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
