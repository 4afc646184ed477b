package dev.millrace.engine;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataChange;
import dev.millrace.engine.metadata.MetadataImage;
import org.apache.kafka.common.Uuid;

/// Passes metadata on from the moment on at which they name this very process as their broker.
///
/// What a restarted broker reads before that is older than itself: there it may lead partitions, in epochs in which its former process
/// has appended what a power loss took from this disk, and not from those of the followers. Whoever appended again in such an epoch
/// would give two batches one offset and one epoch (R6).
final class SinceRegistered implements Metadata.Listener {
    private final int brokerId;
    private final Uuid incarnation;
    private final Metadata.Listener listener;

    /// Guarded by the metadata turn.
    private boolean open;

    SinceRegistered(int brokerId, Uuid incarnation, Metadata.Listener listener) {
        this.brokerId = brokerId;
        this.incarnation = incarnation;
        this.listener = listener;
    }

    @Override
    public void onChange(MetadataChange change) {
        if (open) {
            listener.onChange(change);
        } else if (names(change.after())) {
            open = true;
            listener.onChange(MetadataChange.anything(MetadataImage.EMPTY, change.after()));
        }
    }

    private boolean names(MetadataImage image) {
        BrokerImage broker = image.cluster().broker(brokerId);
        return broker != null && broker.incarnation().equals(incarnation);
    }
}
