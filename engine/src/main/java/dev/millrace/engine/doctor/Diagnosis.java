package dev.millrace.engine.doctor;

import dev.millrace.engine.log.Finding;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// What an examination has found.
///
/// @param entries in the order in which they are put right: what others are derived from first
/// @param partitions that have a folder
/// @param bytes of segments that were read
public record Diagnosis(List<Entry> entries, int partitions, long bytes) {
    /// One finding, and where.
    ///
    /// @param directory its path
    /// @param folder in it; empty for the directory itself
    /// @param partition whose folder that is; null when none
    public record Entry(
            String directory, String folder, @Nullable TopicPartition partition, Finding finding) {
        /// As a person finds the file.
        public String path() {
            return folder.isEmpty() ? finding.file() : folder + "/" + finding.file();
        }
    }

    private static final Comparator<Entry> BY_WEIGHT =
            (a, b) -> a.finding.weight().compareTo(b.finding.weight());

    /// The worst first; what is equally bad in the order in which it was found.
    public List<Entry> worstFirst() {
        return entries.stream().sorted(BY_WEIGHT).toList();
    }

    /// Those of that weight.
    public List<Entry> of(Finding.Weight weight) {
        return entries.stream().filter(entry -> entry.finding.weight() == weight).toList();
    }

    /// Nothing was found that somebody should know of.
    public boolean healthy() {
        return entries.stream().allMatch(e -> e.finding.weight() == Finding.Weight.NOTE);
    }
}
