package dev.millrace.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a member of a group said about itself, one line of its output (`compat/README.md`, "Members").
///
/// @param at wall clock of the one machine that all members run on
/// @param member its name, which nobody else has in a run
/// @param id the broker's name for it; a client may get a new one, empty while it has none
/// @param epoch the generation of a classic member, the epoch of a member of the consumer protocol; not above 0: none
record GroupEvent(long at, String member, String id, int epoch, Fact fact) {
    /// What happened.
    sealed interface Fact {
        /// It owns these from now on, beside what it has.
        record Assigned(List<Integer> partitions) implements Fact {}

        /// It is about to give these up, and will say so to the broker.
        record Revoked(List<Integer> partitions) implements Fact {}

        /// It has found out that these are not its own any more.
        record Lost(List<Integer> partitions) implements Fact {}

        /// Records from offset `from` to offset `last`, without a gap.
        record Read(int partition, long from, long last) implements Fact {}

        /// By partition, what it is about to commit.
        record Committing(Map<Integer, Long> offsets) implements Fact {}

        /// The broker has accepted them.
        ///
        /// @param again its client has asked again in a later epoch, this event's
        record Committed(Map<Integer, Long> offsets, boolean again) implements Fact {}

        /// The client went away by its own will, or gave up and began anew; `why` is for the reader of a failed test.
        record Told(String what, String why) implements Fact {}
    }

    private static final JsonMapper JSON = JsonMapper.shared();

    /// Nothing when the line is torn: its process was killed while it wrote.
    static Optional<GroupEvent> parse(String line) {
        try {
            JsonNode node = JSON.readTree(line);
            return Optional.of(
                    new GroupEvent(
                            node.path("at").asLong(),
                            node.path("member").asString(),
                            node.path("id").asString(),
                            node.path("epoch").asInt(),
                            fact(node)));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static Fact fact(JsonNode node) {
        return switch (node.path("event").asString()) {
            case "assigned" -> new Fact.Assigned(partitions(node));
            case "revoked" -> new Fact.Revoked(partitions(node));
            case "lost" -> new Fact.Lost(partitions(node));
            case "read" ->
                    new Fact.Read(
                            node.path("partition").asInt(),
                            node.path("from").asLong(),
                            node.path("last").asLong());
            case "committing" -> new Fact.Committing(offsets(node));
            case "committed" ->
                    new Fact.Committed(offsets(node), node.path("again").asBoolean(false));
            case String other -> new Fact.Told(other, node.path("error").asString(""));
        };
    }

    private static List<Integer> partitions(JsonNode node) {
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode number : node.path("partitions")) numbers.add(number.asInt());
        return List.copyOf(numbers);
    }

    private static Map<Integer, Long> offsets(JsonNode node) {
        Map<Integer, Long> offsets = new TreeMap<>();
        node.path("offsets")
                .forEachEntry(
                        (number, offset) -> offsets.put(Integer.valueOf(number), offset.asLong()));
        return offsets;
    }
}
