package dev.millrace.engine.telemetry;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.metadata.ConfigsImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/// The broker's side of client metrics (KIP-714): who is asked for what, and what came.
///
/// ```
/// client -- subscribe --> demand (subscription id, interval, prefixes)
/// client -- push, push, ... --> the newest 256 are kept, at most 16 MiB --> recent()
/// ```
/// Nothing here survives a restart: a client that is told `UNKNOWN_SUBSCRIPTION_ID` asks again.
///
/// **Owner.** A turn of its own; any thread may call. Decompression happens outside of it.
public final class ClientTelemetry {
    /// Clients remembered at one time. Beyond it the one that was silent longest is forgotten: it asks again.
    static final int MOST_INSTANCES = 16_384;

    /// Pushes kept, in number and in bytes. Beyond either the oldest are dropped.
    static final int MOST_PUSHES = 256;

    static final long MOST_BYTES = 16L << 20;

    private final Supplier<MetadataImage> image;
    private final Clock clock;
    private final Entropy entropy;
    private final Turn turn;
    private final int maxPushBytes;

    // All below is guarded by `turn`.
    private ConfigsImage configs;
    private List<TelemetrySubscription> subscriptions;

    /// In the order of their last question or push.
    private final Map<Uuid, TelemetryInstance> instances = new LinkedHashMap<>(16, 0.75f, true);

    private final ArrayDeque<TelemetryPush> pushes = new ArrayDeque<>();
    private long bytes;
    private long sequence;

    /// @param maxPushBytes `telemetry.max.bytes`: of one push, compressed and uncompressed alike
    public ClientTelemetry(
            Supplier<MetadataImage> image,
            Clock clock,
            Entropy entropy,
            Turn turn,
            int maxPushBytes) {
        this.image = image;
        this.clock = clock;
        this.entropy = entropy;
        this.turn = turn;
        this.maxPushBytes = maxPushBytes;
        this.configs = image.get().configs();
        this.subscriptions = read(configs);
    }

    /// An answer to a client's question; the demand is null when there is an error.
    public record Answer(Errors error, Uuid instanceId, @Nullable TelemetryDemand demand) {}

    public int maxPushBytes() {
        return maxPushBytes;
    }

    /// What this client is to push; a client without an instance id is given one.
    public Answer subscribe(TelemetryClient client) {
        Uuid id = client.instanceId().equals(Uuid.ZERO_UUID) ? entropy.uuid() : client.instanceId();
        return turn.take(() -> subscribeInTurn(client.named(id)));
    }

    private Answer subscribeInTurn(TelemetryClient client) {
        TelemetryDemand demand = demand(client);
        TelemetryInstance instance = instance(client.instanceId(), demand);
        if (instance.terminating()) {
            instance = remember(client.instanceId(), demand);
        }
        if (!instance.mayAsk(clock.monotonicMs())) {
            return new Answer(Errors.THROTTLING_QUOTA_EXCEEDED, client.instanceId(), null);
        }
        return new Answer(Errors.NONE, client.instanceId(), demand);
    }

    /// The one that is known, unless it was asked for something else.
    private TelemetryInstance instance(Uuid id, TelemetryDemand demand) {
        TelemetryInstance known = instances.get(id);
        return known != null && known.demand().equals(demand) ? known : remember(id, demand);
    }

    // Images share what did not change: another object is cheap to read again, the same one needs
    // no look.
    @SuppressWarnings("ReferenceEquality")
    private TelemetryDemand demand(TelemetryClient client) {
        ConfigsImage now = image.get().configs();
        if (now != configs) {
            configs = now;
            subscriptions = read(now);
        }
        return TelemetryDemand.of(client, subscriptions);
    }

    private static List<TelemetrySubscription> read(ConfigsImage configs) {
        var subscriptions = new ArrayList<TelemetrySubscription>();
        for (ConfigResource resource : configs.resources()) {
            if (resource.type() == ConfigResource.Type.CLIENT_METRICS) {
                var read = TelemetrySubscription.of(resource.name(), configs.of(resource));
                if (read != null) {
                    subscriptions.add(read);
                }
            }
        }
        return subscriptions;
    }

    private TelemetryInstance remember(Uuid id, TelemetryDemand demand) {
        instances.remove(id);
        long now = clock.monotonicMs();
        for (Iterator<TelemetryInstance> oldest = instances.values().iterator();
                oldest.hasNext(); ) {
            if (!oldest.next().expired(now) && instances.size() < MOST_INSTANCES) {
                break;
            }
            oldest.remove();
        }
        var instance = new TelemetryInstance(demand);
        instances.put(id, instance);
        return instance;
    }

    /// Takes a push.
    ///
    /// @param metrics a view of the request; copied
    /// @return Kafka's error, `NONE` when it was taken
    public Errors push(
            TelemetryClient client,
            int subscriptionId,
            boolean terminating,
            byte compression,
            ByteBuffer metrics) {
        if (client.instanceId().equals(Uuid.ZERO_UUID)
                || client.instanceId().equals(Uuid.ONE_UUID)) {
            return Errors.INVALID_REQUEST;
        }
        boolean known = 0 <= compression && compression < CompressionType.values().length;
        Errors error =
                turn.take(() ->
                        admit(client, subscriptionId, terminating, known, metrics.remaining()));
        if (error != Errors.NONE || !metrics.hasRemaining()) {
            return error;
        }
        ByteBuffer plain =
                TelemetryCodec.plain(metrics, CompressionType.forId(compression), maxPushBytes);
        if (plain == null) {
            return Errors.INVALID_RECORD;
        }
        turn.run(() -> keep(client, terminating, plain));
        return Errors.NONE;
    }

    private Errors admit(
            TelemetryClient client,
            int subscriptionId,
            boolean terminating,
            boolean compressionKnown,
            int size) {
        TelemetryInstance instance = instance(client.instanceId(), demand(client));
        Errors error = examine(instance, subscriptionId, terminating, compressionKnown, size);
        instance.answered(error);
        return error;
    }

    /// In Kafka's order: a push that is refused for its contents has used up its turn.
    private Errors examine(
            TelemetryInstance instance,
            int subscriptionId,
            boolean terminating,
            boolean compressionKnown,
            int size) {
        if (instance.terminating()) {
            return Errors.INVALID_REQUEST;
        }
        if (!instance.mayPush(clock.monotonicMs()) && !terminating) {
            return Errors.THROTTLING_QUOTA_EXCEEDED;
        }
        if (terminating) {
            instance.terminate();
        }
        if (subscriptionId != instance.demand().subscriptionId()) {
            return Errors.UNKNOWN_SUBSCRIPTION_ID;
        }
        if (!compressionKnown) {
            return Errors.UNSUPPORTED_COMPRESSION_TYPE;
        }
        return size > maxPushBytes ? Errors.TELEMETRY_TOO_LARGE : Errors.NONE;
    }

    private void keep(TelemetryClient client, boolean terminating, ByteBuffer plain) {
        pushes.add(new TelemetryPush(sequence++, clock.wallMs(), client, terminating, plain));
        bytes += plain.remaining();
        while (pushes.size() > MOST_PUSHES || bytes > MOST_BYTES) {
            bytes -= pushes.remove().metrics().remaining();
        }
    }

    /// The newest pushes, oldest first. Any thread.
    public List<TelemetryPush> recent() {
        return turn.take(() -> List.copyOf(pushes));
    }
}
