package dev.millrace.cli;

import dev.millrace.cli.cluster.GroupLag;
import dev.millrace.cli.cluster.GroupView;
import dev.millrace.cli.cluster.LagPace;
import dev.millrace.cli.cluster.PartitionLag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// What `millrace group describe` shows of one group, in lines or in JSON.
///
/// @param paces by partition; null when only one look was taken, empty when there is no pace yet
record GroupReport(GroupLag.Sample sample, @Nullable Map<TopicPartition, LagPace> paces) {
    private static final int MOST_NAMES = 5;

    List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(headline());
        lines.add("  " + summary());
        if (!sample.partitions().isEmpty()) {
            lines.addAll(table().lines("  "));
        }
        unoccupied().ifPresent(line -> lines.add("  " + line));
        return lines;
    }

    /// Members that read nothing are in no row of the table: there are more of them than partitions, or a rebalance is under way.
    private Optional<String> unoccupied() {
        var names =
                sample.group().members().stream()
                        .filter(member -> member.partitions().isEmpty())
                        .map(member -> member.clientId() + " at " + host(member))
                        .toList();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        int more = names.size() - MOST_NAMES;
        return Optional.of(
                "nothing to read: "
                        + String.join(", ", names.subList(0, Math.min(names.size(), MOST_NAMES)))
                        + (more > 0 ? " and " + more + " more" : ""));
    }

    /// Kafka writes an address as Java does, `/10.0.0.7`.
    private static String host(GroupView.Member member) {
        return member.host().replaceFirst("^/", "");
    }

    private String headline() {
        var group = sample.group();
        int members = group.members().size();
        var at = group.coordinator();
        return group.id()
                + ": "
                + kind(group)
                + ", "
                + text(group.state())
                + ", "
                + members
                + (members == 1 ? " member" : " members")
                + ", coordinator "
                + at.idString()
                + " at "
                + at.host()
                + ":"
                + at.port()
                + group.epoch().map(epoch -> ", epoch " + epoch).orElse("");
    }

    static String kind(GroupView group) {
        return text(group.type()) + " group";
    }

    static String text(Object value) {
        return value.toString().toLowerCase(Locale.ROOT);
    }

    private String summary() {
        if (sample.partitions().isEmpty()) {
            return "no committed offsets and no partitions";
        }
        long records = sample.records();
        boolean known = sample.partitions().stream().anyMatch(each -> each.records().isPresent());
        if (!known) {
            return "lag unknown: nothing is committed yet";
        }
        if (records == 0) {
            return "lag 0: everything is read";
        }
        return "lag "
                + number(records)
                + (records == 1 ? " record" : " records")
                + sample.age()
                        .filter(Duration::isPositive)
                        .map(age -> ", the oldest unread for " + TimeSpan.text(age))
                        .orElse("");
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private Table table() {
        var table = new Table().left("TOPIC").right("PARTITION").right("COMMITTED").right("END");
        table.right("LAG").right("OLDEST");
        if (paces != null) {
            table.right("READ/S").right("WRITTEN/S").right("DRAINED IN");
        }
        table.left("CLIENT").left("HOST").left("NOTE");
        sample.partitions().forEach(lag -> table.row(row(lag)));
        return table;
    }

    private List<String> row(PartitionLag lag) {
        var row = new ArrayList<String>();
        row.add(lag.partition().topic());
        row.add(String.valueOf(lag.partition().partition()));
        row.add(lag.committed().isPresent() ? String.valueOf(lag.committed().getAsLong()) : "-");
        row.add(String.valueOf(lag.logEnd()));
        row.add(lag.records().isPresent() ? String.valueOf(lag.records().getAsLong()) : "-");
        row.add(lag.age(sample.atMs()).map(TimeSpan::text).orElse("-"));
        if (paces != null) {
            var pace = Optional.ofNullable(paces.get(lag.partition()));
            row.add(pace.map(each -> rate(each.consumedPerSecond())).orElse("-"));
            row.add(pace.map(each -> rate(each.producedPerSecond())).orElse("-"));
            row.add(pace.map(each -> drain(each, lag)).orElse("-"));
        }
        var owner = sample.group().owner(lag.partition());
        row.add(owner.map(GroupView.Member::clientId).orElse(""));
        row.add(owner.map(GroupReport::host).orElse(""));
        row.add(String.join(", ", lag.flags().stream().map(PartitionLag.Flag::text).toList()));
        return row;
    }

    private static String rate(double perSecond) {
        return perSecond >= 10 || perSecond == 0
                ? number(Math.round(perSecond))
                : String.format(Locale.ROOT, "%.1f", perSecond);
    }

    private static String drain(LagPace pace, PartitionLag lag) {
        return pace.drain(lag.records().orElse(0)).map(TimeSpan::text).orElse("never");
    }

    /// One object.
    void write(JsonGenerator json) {
        var group = sample.group();
        json.writeStartObject();
        json.writeStringProperty("group", group.id());
        json.writeStringProperty("type", text(group.type()));
        json.writeStringProperty("state", text(group.state()));
        json.writeNumberProperty("coordinator", group.coordinator().id());
        group.epoch().ifPresent(epoch -> json.writeNumberProperty("epoch", epoch));
        json.writeNumberProperty("atMs", sample.atMs());
        json.writeNumberProperty("lag", sample.records());
        sample.age().ifPresent(age -> json.writeNumberProperty("lagSeconds", seconds(age)));
        json.writeArrayPropertyStart("members");
        group.members().forEach(member -> write(member, json));
        json.writeEndArray();
        json.writeArrayPropertyStart("partitions");
        sample.partitions().forEach(lag -> write(lag, json));
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(GroupView.Member member, JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("id", member.id());
        json.writeStringProperty("clientId", member.clientId());
        json.writeStringProperty("host", member.host());
        member.instance().ifPresent(instance -> json.writeStringProperty("instance", instance));
        json.writeArrayPropertyStart("partitions");
        for (TopicPartition partition : member.partitions()) {
            json.writeStartObject();
            json.writeStringProperty("topic", partition.topic());
            json.writeNumberProperty("partition", partition.partition());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void write(PartitionLag lag, JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("topic", lag.partition().topic());
        json.writeNumberProperty("partition", lag.partition().partition());
        lag.committed().ifPresent(offset -> json.writeNumberProperty("committed", offset));
        json.writeNumberProperty("logStart", lag.logStart());
        json.writeNumberProperty("logEnd", lag.logEnd());
        lag.records().ifPresent(records -> json.writeNumberProperty("lag", records));
        lag.age(sample.atMs())
                .ifPresent(age -> json.writeNumberProperty("lagSeconds", seconds(age)));
        var pace = paces == null ? null : paces.get(lag.partition());
        if (pace != null) {
            json.writeNumberProperty("readPerSecond", pace.consumedPerSecond());
            json.writeNumberProperty("writtenPerSecond", pace.producedPerSecond());
            pace.drain(lag.records().orElse(0))
                    .ifPresent(drain -> json.writeNumberProperty("drainSeconds", seconds(drain)));
        }
        sample.group()
                .owner(lag.partition())
                .ifPresent(member -> json.writeStringProperty("member", member.id()));
        json.writeArrayPropertyStart("flags");
        lag.flags().forEach(flag -> json.writeString(flag.word()));
        json.writeEndArray();
        json.writeEndObject();
    }

    private static double seconds(Duration span) {
        return span.toMillis() / 1e3;
    }
}
