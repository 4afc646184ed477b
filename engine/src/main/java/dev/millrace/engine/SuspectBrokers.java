package dev.millrace.engine;

import dev.millrace.engine.env.LivenessProbe;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Fences a broker whose process has ended: its session would show that only seconds later.
///
/// ```
///   its heartbeats' connection has ended, or this node has begun to lead
///      --> asks the broker where clients ask it --answers, or is silent--> its session counts
///                      `--cannot be reached, three times within 200 ms--> fenced
/// ```
/// One that is fenced by mistake is unfenced by its next heartbeat.
///
/// **Owner.** Immutable; any thread.
///
/// @param gone is told of a broker that is registered, not fenced, and cannot be reached
record SuspectBrokers(
        Supplier<MetadataImage> image,
        PeerAddresses addresses,
        LivenessProbe probe,
        Consumer<BrokerImage> gone) {
    /// Looks after every broker but one.
    void suspectAllBut(int own) {
        image.get().cluster().brokers().keySet().stream()
                .filter(id -> id != own)
                .forEach(this::suspect);
    }

    /// Looks after that broker.
    void suspect(int id) {
        BrokerImage broker = image.get().cluster().broker(id);
        Peers.Address address = addresses.of(id);
        if (broker == null || address == null) {
            return;
        }
        probe.probe(
                address,
                () -> isRegistered(broker),
                outcome -> {
                    if (outcome == LivenessProbe.Outcome.ENDED) {
                        gone.accept(broker);
                    }
                });
    }

    private boolean isRegistered(BrokerImage suspect) {
        BrokerImage now = image.get().cluster().broker(suspect.id());
        return now != null && now.epoch() == suspect.epoch() && !now.fenced();
    }
}
