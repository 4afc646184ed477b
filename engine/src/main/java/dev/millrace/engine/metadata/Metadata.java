package dev.millrace.engine.metadata;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.quorum.QuorumLeader;
import dev.millrace.engine.quorum.QuorumListener.CommittedBatch;
import dev.millrace.engine.quorum.QuorumListener.LoadedSnapshot;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// The committed image of this node, and those who follow it.
///
/// ```
/// quorum --batches--> Controller --> Metadata --image--> listeners (in the order they were added) --> waiting decisions
/// ```
/// Any thread reads [#image()]; it changes in the metadata turn, whole batches at a time (M6).
public final class Metadata {
    private final Turn turn;
    private final List<Listener> listeners = new ArrayList<>();
    private volatile MetadataImage image = MetadataImage.EMPTY;
    private volatile QuorumLeader controller = QuorumLeader.UNKNOWN;

    /// The image within an open metadata transaction (KIP-868), which nobody sees until the transaction ends; null outside one.
    private @Nullable MetadataImage transaction;

    public Metadata(Turn turn) {
        this.turn = turn;
    }

    /// Follows the image.
    public interface Listener {
        /// Called in the metadata turn, in order; does not block. Each step begins where the last one ended, the first with
        /// the empty image.
        void onChange(MetadataChange change);
    }

    /// The newest committed image. Any thread.
    public MetadataImage image() {
        return image;
    }

    /// The node that decides, or -1 while none is known. Any thread.
    public int controllerId() {
        return controller.id();
    }

    /// The leader of the quorum as this node knows it. Any thread.
    public QuorumLeader controller() {
        return controller;
    }

    /// Adds a follower, and tells it of the present image when that is not empty any more.
    public void listen(Listener listener) {
        turn.run(() -> {
            listeners.add(listener);
            if (image.offset() != MetadataImage.EMPTY.offset()) {
                listener.onChange(MetadataChange.anything(MetadataImage.EMPTY, image));
            }
        });
    }

    void leader(QuorumLeader leader) {
        Invariant.check(
                leader.epoch() >= controller.epoch(),
                "M1 the quorum's epoch rises",
                leader.epoch(),
                controller.epoch());
        controller = leader;
    }

    void apply(List<CommittedBatch> batches) {
        turn.run(() -> {
            MetadataImage next = image;
            var touched = new TouchedTopics();
            for (CommittedBatch batch : batches) {
                next = apply(next, batch, touched);
            }
            publish(new MetadataChange(image, next, touched.ids()));
        });
    }

    private MetadataImage apply(
            MetadataImage visible, CommittedBatch batch, TouchedTopics touched) {
        MetadataImage next = visible;
        long offset = batch.baseOffset();
        Invariant.check(offset > next.offset(), "M2 offsets rise", offset, next.offset());
        for (ApiMessageAndVersion record : batch.records()) {
            next = apply(next, record.message(), offset++, batch.epoch());
            touched.see(next, record.message());
        }
        return next.at(batch.lastOffset(), batch.epoch());
    }

    private MetadataImage apply(MetadataImage visible, ApiMessage record, long offset, int epoch) {
        @Nullable MetadataImage open = transaction;
        switch (MetadataRecordType.fromId(record.apiKey())) {
            case BEGIN_TRANSACTION_RECORD -> transaction = visible;
            case ABORT_TRANSACTION_RECORD -> transaction = null;
            case END_TRANSACTION_RECORD -> {
                transaction = null;
                return open == null ? visible : open.at(offset, epoch);
            }
            default -> {
                if (open == null) {
                    return visible.replay(record, offset, epoch);
                }
                transaction = open.replay(record, offset, epoch);
            }
        }
        return visible.at(offset, epoch);
    }

    /// True while the image does not show everything that is committed: no snapshot is taken of it.
    boolean inTransaction() {
        return transaction != null;
    }

    void load(LoadedSnapshot snapshot) {
        turn.run(() -> {
            MetadataImage next = MetadataImage.EMPTY;
            for (ApiMessageAndVersion record : snapshot.records()) {
                next = next.replay(record.message(), snapshot.lastOffset(), snapshot.epoch());
            }
            transaction = null;
            publish(
                    MetadataChange.anything(
                            image, next.at(snapshot.lastOffset(), snapshot.epoch())));
        });
    }

    private void publish(MetadataChange change) {
        image = change.after();
        for (Listener listener : listeners) {
            listener.onChange(change);
        }
    }
}
