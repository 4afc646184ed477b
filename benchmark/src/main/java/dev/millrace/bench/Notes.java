package dev.millrace.bench;

import java.util.ArrayList;
import java.util.List;

/// What a reader must know to judge a table: what holds for every row, then what its own rows say.
final class Notes {
    private static final List<String> COMMON =
            List.of(
                    "Figures are medians; a ratio is the median of the ratios pair by pair, with the least and the greatest:"
                            + " that range is the noise of this machine.",
                    "CPU is that of all threads of the broker, from the operating system; the load process is not in it."
                            + " 1 GB = 10^9 bytes: of uncompressed values when producing, of log bytes when consuming (of"
                            + " values where the client does).",
                    "load 'raw': pre-encoded Produce v13 and Fetch v16 requests, so that the broker is what is measured. load"
                            + " 'client': the official Java client; on few cores it is often the bottleneck, and throughput says"
                            + " more about it than about the broker.",
                    "flush 'os': answered from the page cache. flush 'ack': acks=all is answered after the bytes are on disk;"
                            + " for Kafka that is flush.messages=1, the closest it has, which flushes for acks=1 too.",
                    "x floor: CPU as a multiple of a plain loop that receives the same bytes, checks CRC-32C and writes them,"
                            + " or sends them from the page cache.");

    private Notes() {}

    static List<String> of(List<Workload> rows, int pairs) {
        List<String> notes = new ArrayList<>(COMMON);
        rows.stream()
                .map(Workload::note)
                .filter(note -> !note.isEmpty())
                .distinct()
                .forEach(notes::add);
        if (pairs < Scale.QUICK.pairs()) {
            notes.add("Only " + pairs + " pair(s): too few to conclude anything from.");
        }
        return notes;
    }
}
