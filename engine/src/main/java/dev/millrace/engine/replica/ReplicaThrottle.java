package dev.millrace.engine.replica;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.ConfigsImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/// Keeps one kind of copying between replicas below a rate, as the newest metadata set it (KIP-73).
///
/// Without a rate, which is how it is unless somebody moves partitions, a question costs two reads of memory.
///
/// **Owner.** Its turn; any thread may ask, also in a partition's turn.
public final class ReplicaThrottle {
    static final String LOG_DIRS_RATE = "replica.alter.log.dirs.io.max.bytes.per.second";
    private static final String UNLIMITED = Long.toString(Long.MAX_VALUE);

    /// Who is held back asks at least so often, for nobody tells it when the throttle is changed or gone.
    static final long ASK_AGAIN_MS = 1_000;

    /// As of one state of the settings.
    ///
    /// @param replicas by topic, as they are asked for; bounded by the topics of which there are partitions here
    private record Limits(
            ConfigsImage configs, long rate, Map<String, ThrottledReplicas> replicas) {}

    private final String rateKey;
    private final String replicasKey;
    private final ClusterDefaults defaults;
    private final Supplier<MetadataImage> image;
    private final Env env;
    private final Turn turn;
    private volatile Limits limits;
    private Allowance allowance;

    private ReplicaThrottle(
            String rateKey,
            String replicasKey,
            ClusterDefaults defaults,
            Supplier<MetadataImage> image,
            Env env) {
        this.rateKey = rateKey;
        this.replicasKey = replicasKey;
        this.defaults = defaults;
        this.image = image;
        this.env = env;
        this.turn = env.newTurn(rateKey);
        this.limits = resolve(image.get().configs());
        this.allowance = new Allowance(limits.rate, env.clock());
    }

    /// No limit.
    public static ReplicaThrottle none(Env env) {
        return ofLogDirectories(ClusterDefaults.of(-1, Map.of()), () -> MetadataImage.EMPTY, env);
    }

    /// What leaders give to followers.
    public static ReplicaThrottle ofLeader(
            ClusterDefaults defaults, Supplier<MetadataImage> image, Env env) {
        return new ReplicaThrottle(
                "leader.replication.throttled.rate",
                "leader.replication.throttled.replicas",
                defaults,
                image,
                env);
    }

    /// What followers take.
    public static ReplicaThrottle ofFollower(
            ClusterDefaults defaults, Supplier<MetadataImage> image, Env env) {
        return new ReplicaThrottle(
                "follower.replication.throttled.rate",
                "follower.replication.throttled.replicas",
                defaults,
                image,
                env);
    }

    /// What goes from one log directory into another: of every partition.
    public static ReplicaThrottle ofLogDirectories(
            ClusterDefaults defaults, Supplier<MetadataImage> image, Env env) {
        return new ReplicaThrottle(LOG_DIRS_RATE, "", defaults, image, env);
    }

    /// By identity: what is in it would take too long to compare for each fetch.
    @SuppressWarnings("ReferenceEquality") // another object is another state
    private Limits limits() {
        ConfigsImage now = image.get().configs();
        Limits known = limits;
        if (known.configs != now) {
            known = resolve(now);
            limits = known;
        }
        return known;
    }

    private Limits resolve(ConfigsImage configs) {
        String value = defaults.broker(configs, rateKey, UNLIMITED).strip();
        return new Limits(configs, Math.max(1, Long.parseLong(value)), new ConcurrentHashMap<>());
    }

    /// Whether there is a rate, and that partition's replica here is to be kept below it.
    public boolean limits(TopicPartition name) {
        Limits now = limits();
        return now.rate < Long.MAX_VALUE
                && (replicasKey.isEmpty()
                        || now.replicas
                                .computeIfAbsent(name.topic(), topic -> replicas(now, topic))
                                .has(name.partition()));
    }

    private ThrottledReplicas replicas(Limits now, String topic) {
        String value =
                now.configs
                        .of(new ConfigResource(ConfigResource.Type.TOPIC, topic))
                        .get(replicasKey);
        return value == null
                ? ThrottledReplicas.NONE
                : ThrottledReplicas.of(value, defaults.nodeId());
    }

    /// Bytes that may be copied now; more is owed if more is [#spent].
    public long atHand() {
        return turn.take(() -> allowance().atHand());
    }

    /// So many bytes were copied.
    public void spent(long bytes) {
        if (bytes > 0) {
            turn.run(() -> allowance().spend(bytes));
        }
    }

    /// Milliseconds until it is worth asking again, from 1 to [#ASK_AGAIN_MS].
    public long waitMs() {
        return turn.take(() -> Math.min(ASK_AGAIN_MS, allowance().waitMs()));
    }

    private Allowance allowance() {
        long rate = limits().rate;
        if (allowance.rate() != rate) {
            allowance = new Allowance(rate, env.clock());
        }
        return allowance;
    }
}
