package dev.millrace.simulator.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.simulator.mutant.Mutant.Ground;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every bug planted into what we keep around Kafka's consensus client is caught. A seed takes up to a second, so that each is met with
/// the first seed that catches it only; `-Dmillrace.quorum.mutants=N` looks for it among the first N.
class QuorumMutantsTest {
    private static final int SEARCH = Integer.getInteger("millrace.quorum.mutants", 0);

    private static final Ground GROUND =
            new Ground(
                    "dev.millrace.engine.quorum",
                    List.of("dev.millrace.engine.quorum.", "dev.millrace.simulator.quorum."),
                    "dev.millrace.simulator.quorum.QuorumProbe");

    /// @param seed the first that catches it
    record Planted(int seed, Mutant mutant) {
        @Override
        public String toString() {
            return mutant.toString();
        }
    }

    private static Planted bug(int seed, String name, String file, String from, String to) {
        return new Planted(seed, GROUND.bug(name, file, from, to));
    }

    static Stream<Planted> planted() {
        return Stream.concat(log(), files());
    }

    private static Stream<Planted> log() {
        return Stream.of(
                bug(
                        30,
                        "a lone voter's high watermark goes before its flush",
                        "KraftLog",
                        "if (leads && offset.offset() > log.flushedEnd()) {",
                        "if (false) {"),
                bug(
                        1,
                        "nothing is flushed",
                        "KraftLog",
                        "plan.run();\n            log.flushed(plan);",
                        "log.flushed(plan);"),
                bug(
                        1,
                        "what is not committed is read as if it were",
                        "KraftLog",
                        "isolation == Isolation.COMMITTED ? highWatermark.offset() : log.logEnd();",
                        "log.logEnd();"),
                bug(6, "a truncation cuts nothing", "KraftLog", "log.truncateTo(offset);", ""),
                bug(
                        2,
                        "a damaged batch of a peer ends the process",
                        "KraftLog",
                        "throw new CorruptRecordException(error",
                        "throw new IllegalStateException(error"),
                bug(
                        1,
                        "the high watermark is forgotten with the leadership",
                        "KraftQuorum",
                        "Math.max(highWatermark, client.highWatermark().orElse(-1))",
                        "client.highWatermark().orElse(-1)"),
                bug(
                        1,
                        "the epoch of a log that is only a snapshot is forgotten",
                        "KraftLog",
                        "snapshots.latest().map(OffsetAndEpoch::epoch).orElse(0);",
                        "0;"),
                bug(
                        1,
                        "where an epoch ends is taken to be the log's end",
                        "KraftLog",
                        "if (end.equals(EpochEnd.UNKNOWN)) {",
                        "if (true) {"),
                new Planted(
                        2,
                        GROUND.bug(
                                        "buffers of batches are used again",
                                        "QuorumMemory",
                                        "return ByteBuffer.allocate(Math.min(mostBytes, FIRST_BYTES));",
                                        "var kept = KEPT.poll();\n        return kept != null ? kept : ByteBuffer.allocate(Math.min(mostBytes, FIRST_BYTES));")
                                .and(
                                        "QuorumMemory",
                                        "public void release(ByteBuffer buffer) {}",
                                        "public void release(ByteBuffer buffer) {\n        KEPT.add(buffer.clear());\n    }\n\n    private static final java.util.ArrayDeque<ByteBuffer> KEPT = new java.util.ArrayDeque<>();")));
    }

    private static Stream<Planted> files() {
        return Stream.of(
                bug(
                        1,
                        "a snapshot is published before it is synced",
                        "SnapshotFiles",
                        "file.sync();",
                        ""),
                bug(
                        1,
                        "a snapshot that has arrived does not raise the high watermark",
                        "KraftLog",
                        "highWatermark = new LogOffsetMetadata(snapshot.offset());",
                        ""),
                bug(
                        1,
                        "a snapshot is said to end one record earlier",
                        "KraftQuorum",
                        "new OffsetAndEpoch(lastOffset + 1, epoch)",
                        "new OffsetAndEpoch(lastOffset, epoch)"),
                bug(
                        46,
                        "an error answer to FetchSnapshot cannot be written",
                        "KraftQuorum",
                        "if (partition.unalignedRecords() == null) {",
                        "if (false) {"),
                bug(
                        1,
                        "a vote is written over the one before, and not synced",
                        "ElectionFile",
                        "try {\n            storage.writeAtomically(NAME, ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));",
                        "try (var file = storage.open(NAME)) {\n            file.truncate(0);\n            file.append(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));"),
                bug(
                        3,
                        "the folder of the votes has no durable name",
                        "KraftQuorum",
                        "storage.syncDirectory(); // a vote in a folder whose name is lost is lost, too",
                        ""));
    }

    @ParameterizedTest
    @MethodSource("planted")
    void isCaught(Planted planted) throws Exception {
        int caught = planted.mutant.seedsToCatch(SEARCH > 0 ? SEARCH : -planted.seed);
        System.out.printf("%s: seed %d%n", planted, caught);
        assertEquals(planted.seed, caught, planted + " is caught by that seed");
    }
}
