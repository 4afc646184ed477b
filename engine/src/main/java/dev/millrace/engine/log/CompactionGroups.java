package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Which segments become one: neighbours that together stay within `segment.bytes`, `segment.index.bytes` and 2^31 offsets, by their
/// sizes before.
final class CompactionGroups {
    private CompactionGroups() {}

    static List<List<CompactionSource>> of(
            List<CompactionSource> sources, LogSettings settings, Storage directory)
            throws IOException {
        var groups = new ArrayList<List<CompactionSource>>();
        var group = new ArrayList<CompactionSource>();
        long bytes = 0;
        long indexBytes = 0;
        for (CompactionSource next : sources) {
            long nextIndexBytes = next.indexBytes(directory);
            boolean fits =
                    !group.isEmpty()
                            && bytes + next.size() <= settings.segmentBytes()
                            && indexBytes + nextIndexBytes <= settings.segmentIndexBytes()
                            && next.endOffset() - 1 - group.getFirst().baseOffset()
                                    <= Integer.MAX_VALUE;
            if (!fits) {
                group = new ArrayList<>();
                groups.add(group);
                bytes = 0;
                indexBytes = 0;
            }
            group.add(next);
            bytes += next.size();
            indexBytes += nextIndexBytes;
        }
        return groups;
    }
}
