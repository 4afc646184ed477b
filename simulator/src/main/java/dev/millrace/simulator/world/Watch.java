package dev.millrace.simulator.world;

import dev.millrace.engine.api.Router;
import dev.millrace.engine.metadata.MetadataImage;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// Looks on from outside, and knows which rules hold.
public interface Watch {
    /// After an event in which a node's metadata have changed.
    ///
    /// @param before null at the first
    void imageChanged(SimMachine machine, @Nullable MetadataImage before, MetadataImage now);

    /// An answer that is about to leave a machine.
    void answers(SimMachine machine, Router.Call call, ApiMessage response);
}
