package dev.millrace.engine.coordinator.group;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// Why a group rebalanced, as far as its coordinator remembers.
///
/// @param rebalances oldest first
public record GroupRebalances(Errors error, List<Rebalance> rebalances) {
    static GroupRebalances failed(Errors error) {
        return new GroupRebalances(error, List.of());
    }
}
