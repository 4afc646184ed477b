package dev.millrace.engine;

import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.jspecify.annotations.Nullable;

/// Finds out early that a broker's process has ended: its session would show that only seconds later.
///
/// ```
///   its heartbeats' connection has ended, or this node has begun to lead
///      --> asks the broker where clients ask it --answers, or is silent--> its session counts
///                      `--cannot be reached, three times within 200 ms--> fenced
/// ```
/// The system closes a process's connections when it ends, however it ends. A broker that is only slow, or paused, keeps its
/// listener; one that is fenced by mistake is unfenced by its next heartbeat.
///
/// **Owner.** Immutable; any thread.
final class SuspectBrokers {
    private static final int ATTEMPTS = 3;
    private static final long BETWEEN_MS = 100;
    private static final long ANSWER_MS = 1_000;
    private static final short VERSION = 3;

    private final Supplier<MetadataImage> image;
    private final PeerAddresses addresses;
    private final Peers peers;
    private final Timers timers;
    private final Consumer<BrokerImage> gone;

    /// @param gone is told of a broker that is registered, not fenced, and cannot be reached
    SuspectBrokers(
            Supplier<MetadataImage> image,
            PeerAddresses addresses,
            Peers peers,
            Timers timers,
            Consumer<BrokerImage> gone) {
        this.image = image;
        this.addresses = addresses;
        this.peers = peers;
        this.timers = timers;
        this.gone = gone;
    }

    /// Looks after every broker but one.
    void suspectAllBut(int own) {
        image.get().cluster().brokers().keySet().stream()
                .filter(id -> id != own)
                .forEach(this::suspect);
    }

    /// Looks after that broker.
    void suspect(int id) {
        BrokerImage broker = image.get().cluster().broker(id);
        if (broker != null) {
            ask(broker, ATTEMPTS);
        }
    }

    private void ask(BrokerImage suspect, int attempts) {
        Peers.Address address = addresses.of(suspect.id());
        if (address == null || !isRegistered(suspect)) {
            return;
        }
        var question =
                new ApiVersionsRequestData()
                        .setClientSoftwareName("millrace-controller")
                        .setClientSoftwareVersion("1");
        peers.send(address, VERSION, question, ANSWER_MS)
                .whenComplete((_, failure) -> {
                    if (failure == null || isSilence(failure)) {
                        return;
                    }
                    if (attempts > 1) {
                        timers.schedule(BETWEEN_MS, () -> ask(suspect, attempts - 1));
                    } else if (isRegistered(suspect)) {
                        gone.accept(suspect);
                    }
                });
    }

    private boolean isRegistered(BrokerImage suspect) {
        BrokerImage now = image.get().cluster().broker(suspect.id());
        return now != null && now.epoch() == suspect.epoch() && !now.fenced();
    }

    private static boolean isSilence(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TimeoutException) {
                return true;
            }
            if (!(cause instanceof CompletionException) && cause.getCause() == null) {
                return false;
            }
        }
        return false;
    }
}
