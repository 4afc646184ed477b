package dev.millrace.broker.adopt;

import dev.millrace.engine.metadata.LeftOut;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// What was asked for.
///
/// @param from every directory of the Kafka broker: `log.dirs`, and `metadata.log.dir` when that is another one
/// @param to one new directory for all, or one for each
/// @param move rename the partitions' folders instead of copying them
/// @param leaveOut what is not carried, although it is there
public record AdoptRequest(List<Path> from, List<Path> to, boolean move, Set<LeftOut> leaveOut) {
    public AdoptRequest {
        from = List.copyOf(from);
        to = List.copyOf(to);
        leaveOut = Set.copyOf(leaveOut);
    }

    /// Where the partitions of that directory go.
    int target(int source) {
        return to.size() == 1 ? 0 : source;
    }
}
