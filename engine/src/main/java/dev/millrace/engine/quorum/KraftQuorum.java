package dev.millrace.engine.quorum;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.LivenessProbe;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.LogSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.raft.Batch;
import org.apache.kafka.raft.BatchReader;
import org.apache.kafka.raft.Endpoints;
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.raft.LeaderAndEpoch;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.raft.RaftClient;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftResponse;
import org.apache.kafka.raft.SteppedRaftClients;
import org.apache.kafka.raft.errors.BufferAllocationException;
import org.apache.kafka.raft.errors.NotLeaderException;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.SnapshotReader;
import org.jspecify.annotations.Nullable;

/// The metadata quorum on Kafka's own consensus engine, with our log, our clock and our chance, stepped by the host.
///
/// ```
/// host: step ──▶ KafkaRaftClient.poll ──▶ KraftLog (append, flush)
///                        └──▶ listener: committed batches, snapshots, leaders
/// any thread: propose (into memory) ──▶ schedule ──▶ wakes the host
/// ```
/// One node is a quorum of one, on the same code path as more.
public final class KraftQuorum implements QuorumEngine, QuorumRequests, AutoCloseable {
    private static final int FETCH_MAX_WAIT_MS = 500;

    /// What a voter gives each one before it to be elected, once their leader's process has ended: enough on a network that works.
    private static final long PER_CANDIDATE_MS = 50;

    private final QuorumSettings settings;
    private final Env env;
    private final KraftLog log;
    private final ElectionFile election;
    private final StepQueue messages;
    private final QuorumTime time;
    private final ListenerName listener;
    private final KafkaRaftClient<ApiMessageAndVersion> client;
    private volatile QuorumLeader leader = QuorumLeader.UNKNOWN;
    private volatile long highWatermark = -1;

    /// Whose process has ended, as was found since the last step; null for nobody.
    private final AtomicReference<@Nullable QuorumLeader> ended = new AtomicReference<>();

    private boolean started;

    /// The first step has read what is in the log.
    private volatile boolean initialized;

    /// Opens the metadata log in `storage`, and formats it when it is new.
    ///
    /// @param wakeHost called by any thread when there is a reason to step
    public static KraftQuorum open(
            QuorumSettings settings, Env env, Peers peers, Storage storage, Runnable wakeHost)
            throws IOException {
        Storage folder = storage.directory(KraftLog.FOLDER);
        if (folder.files().isEmpty()) {
            storage.syncDirectory(); // a vote in a folder whose name is lost is lost, too
        }
        return new KraftQuorum(settings, env, peers, folder, wakeHost);
    }

    private KraftQuorum(
            QuorumSettings settings, Env env, Peers peers, Storage folder, Runnable wakeHost)
            throws IOException {
        this.settings = settings;
        this.env = env;
        this.listener = ListenerName.normalised(settings.controllerListener());
        if (settings.controller() && settings.staticVoters().isEmpty()) {
            QuorumFormat.format(
                    settings.firstVoters(), settings.controllerListener(), env.clock(), folder);
        }
        this.log = new KraftLog(env, folder, logSettings(settings.config()));
        this.election = new ElectionFile(folder);
        this.messages = new StepQueue(new UnsoundRequests(settings.nodeId(), listener), wakeHost);
        this.time = new QuorumTime(env.clock());
        QuorumConfig config = quorumConfig(settings.config());
        this.client =
                SteppedRaftClients.create(
                        settings.nodeId(),
                        settings.directoryId(),
                        settings.clusterId(),
                        MetadataRecordSerde.INSTANCE,
                        new SteppedRaftClients.Doors(
                                new PeersChannel(
                                        peers,
                                        listener,
                                        config.requestTimeoutMs(),
                                        suspects(peers)::lost),
                                messages,
                                log,
                                QuorumMemory.BUFFERS,
                                time,
                                new QuorumExpiry(env.timers()),
                                new Random(env.entropy().below(Long.MAX_VALUE))),
                        FETCH_MAX_WAIT_MS,
                        settings.controller()
                                ? Endpoints.fromVotersRecordEndpoints(List.of(endpoint(settings)))
                                : Endpoints.empty(),
                        settings.controller(),
                        bootstrap(settings),
                        config);
        log.onCut(offset -> SteppedRaftClients.logCut(client, offset));
        messages.gate(new StrayMessages(settings.nodeId(), this::view, this::knows));
    }

    private SuspectLeader suspects(Peers peers) {
        return new SuspectLeader(
                () -> leader,
                new LivenessProbe(peers, env.timers(), "millrace-quorum"),
                suspect -> {
                    ended.set(suspect);
                    messages.wakeup();
                });
    }

    private SteppedRaftClients.View view() {
        return SteppedRaftClients.view(client);
    }

    private boolean knows(int voterId) {
        return client.voterNode(voterId, listener).isPresent();
    }

    /// Where to ask for the leader. The engine wants an address even of a lone voter.
    private static List<InetSocketAddress> bootstrap(QuorumSettings settings) {
        if (!settings.bootstrapServers().isEmpty()) {
            return settings.bootstrapServers();
        }
        return settings.staticVoters().isEmpty()
                ? List.of(
                        InetSocketAddress.createUnresolved(
                                settings.endpoint().host(), settings.endpoint().port()))
                : List.copyOf(settings.staticVoters().values());
    }

    /// Kafka lets a change wait 25 ms for others to share its flush. Here those that come while one flush runs share the next,
    /// so that nobody waits for nobody; a setting that is given counts.
    private static QuorumConfig quorumConfig(Map<String, String> given) {
        Map<String, String> config = new HashMap<>(given);
        config.putIfAbsent(QuorumConfig.QUORUM_LINGER_MS_CONFIG, "0");
        return new QuorumConfig(new AbstractConfig(QuorumConfig.CONFIG_DEF, config, false));
    }

    static LogSettings logSettings(Map<String, String> config) {
        return LogSettings.from(
                Map.of(
                        "segment.bytes",
                        config.getOrDefault("metadata.log.segment.bytes", "1073741824"),
                        "segment.ms",
                        config.getOrDefault("metadata.log.segment.ms", "604800000"),
                        "max.message.bytes",
                        Integer.toString(KafkaRaftClient.MAX_BATCH_SIZE_BYTES),
                        "retention.ms",
                        "-1"));
    }

    private static VotersRecord.Endpoint endpoint(QuorumSettings settings) {
        Endpoint own = settings.endpoint();
        return QuorumFormat.endpoint(own.listener(), own.host(), own.port());
    }

    @Override
    public int nodeId() {
        return settings.nodeId();
    }

    @Override
    public QuorumLeader leader() {
        return leader;
    }

    /// Whether this node alone decides: it is a voter, and there is no other. From the first step on, by the thread that steps.
    public boolean onlyVoter() {
        return SteppedRaftClients.onlyVoter(client);
    }

    /// Where the quorum's members and its clients reach a voter; null when that one is not known. Any thread.
    public Peers.@Nullable Address address(int voterId) {
        return client.voterNode(voterId, listener)
                .map(node -> new Peers.Address(node.host(), node.port()))
                .orElse(null);
    }

    @Override
    public Proposal propose(int expectedEpoch, List<ApiMessageAndVersion> records) {
        try {
            return new Proposal.Accepted(client.prepareAppend(expectedEpoch, records));
        } catch (NotLeaderException e) {
            return new Proposal.NotLeader();
        } catch (BufferAllocationException e) {
            return new Proposal.Overloaded();
        } catch (RecordBatchTooLargeException e) {
            return new Proposal.TooLarge();
        }
    }

    @Override
    public void schedule() {
        try {
            client.schedulePreparedAppend();
        } catch (NotLeaderException e) {
            // What was proposed is gone with the leadership: its proposer hears of that by the next
            // leader.
        }
    }

    @Override
    public long highWatermark() {
        return highWatermark;
    }

    @Override
    public short kraftVersion() {
        return initialized ? client.kraftVersion().featureLevel() : 0;
    }

    /// Lets the voters be kept in the log from here on (KIP-853). Any thread.
    ///
    /// @param validateOnly only finds out whether that could be
    /// @throws org.apache.kafka.common.errors.ApiException when it cannot, with the reason
    public void upgrade(short level, boolean validateOnly) {
        if (!initialized) {
            throw Errors.NOT_CONTROLLER.exception();
        }
        client.upgradeKRaftVersion(
                leader.epoch(), KRaftVersion.fromFeatureLevel(level), validateOnly);
    }

    @Override
    public void listen(QuorumListener listener) {
        Invariant.check(!started, "listeners are added before the first step");
        client.register(new Adapter(listener));
    }

    @Override
    public void resign(int epoch) {
        client.resign(epoch);
    }

    @Override
    public void writeSnapshot(
            long lastOffset, int epoch, long appendedAtMs, List<ApiMessageAndVersion> records) {
        client.createSnapshot(new OffsetAndEpoch(lastOffset + 1, epoch), appendedAtMs)
                .ifPresent(writer -> {
                    try (writer) {
                        QuorumFormat.append(writer, records);
                        writer.freeze();
                    }
                });
    }

    @Override
    public CompletionStage<ApiMessage> handle(
            String listener, int correlationId, short version, ApiMessage request) {
        return client.handle(
                        new RaftRequest.Inbound(
                                ListenerName.normalised(listener),
                                correlationId,
                                version,
                                request,
                                env.clock().wallMs()))
                .thenApply(RaftResponse.Outbound::data)
                .thenApply(KraftQuorum::writable);
    }

    /// The consensus client leaves out the records of an error; the wire format wants some, if none.
    private static ApiMessage writable(ApiMessage response) {
        if (response instanceof FetchSnapshotResponseData fetched) {
            for (var topic : fetched.topics()) {
                for (var partition : topic.partitions()) {
                    if (partition.unalignedRecords() == null) {
                        partition.setUnalignedRecords(
                                new UnalignedMemoryRecords(ByteBuffer.allocate(0)));
                    }
                }
            }
        }
        return response;
    }

    @Override
    public long step() {
        if (!started) {
            started = true;
            client.initialize(settings.staticVoters(), election, new Metrics(), _ -> {});
            initialized = true;
        }
        messages.begin();
        QuorumLeader gone = ended.getAndSet(null);
        if (gone != null) {
            SteppedRaftClients.leaderHasEnded(
                    client, gone.id(), gone.epoch(), time.milliseconds(), PER_CANDIDATE_MS);
        }
        client.poll();
        // Who leads no more, or does not know its leader yet, forgets it.
        highWatermark = Math.max(highWatermark, client.highWatermark().orElse(-1));
        return messages.waitMs();
    }

    /// Closes the log; steps no more.
    @Override
    public void close() {
        client.close();
    }

    /// Between the consensus engine's listener and ours.
    private final class Adapter implements RaftClient.Listener<ApiMessageAndVersion> {
        private final QuorumListener listener;

        Adapter(QuorumListener listener) {
            this.listener = listener;
        }

        @Override
        public void handleCommit(BatchReader<ApiMessageAndVersion> reader) {
            List<QuorumListener.CommittedBatch> batches = new ArrayList<>();
            try (reader) {
                while (reader.hasNext()) {
                    Batch<ApiMessageAndVersion> batch = reader.next();
                    if (!batch.records().isEmpty()) {
                        batches.add(
                                new QuorumListener.CommittedBatch(
                                        batch.baseOffset(),
                                        batch.lastOffset(),
                                        batch.epoch(),
                                        batch.appendTimestamp(),
                                        batch.sizeInBytes(),
                                        batch.records()));
                    }
                }
            }
            if (!batches.isEmpty()) {
                listener.onCommit(batches);
            }
        }

        @Override
        public void handleLoadSnapshot(SnapshotReader<ApiMessageAndVersion> reader) {
            load(reader);
        }

        @Override
        public void handleLoadBootstrap(SnapshotReader<ApiMessageAndVersion> reader) {
            load(reader);
        }

        private void load(SnapshotReader<ApiMessageAndVersion> reader) {
            try (reader) {
                List<ApiMessageAndVersion> records = new ArrayList<>();
                while (reader.hasNext()) {
                    records.addAll(reader.next().records());
                }
                listener.onSnapshot(
                        new QuorumListener.LoadedSnapshot(
                                reader.lastContainedLogOffset(),
                                reader.lastContainedLogEpoch(),
                                reader.lastContainedLogTimestamp(),
                                records));
            }
        }

        @Override
        public void handleLeaderChange(LeaderAndEpoch next) {
            leader = new QuorumLeader(next.epoch(), next.leaderId().orElse(QuorumLeader.NONE));
            listener.onLeader(leader);
        }
    }
}
