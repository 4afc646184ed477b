package dev.millrace.broker.adopt;

import dev.millrace.broker.host.Host;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.metadata.ImageRecords;
import dev.millrace.engine.metadata.LeftOut;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.quorum.StoppedQuorum;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/// One adoption, from looking to the end: `docs/adopt.md` tells the states.
///
/// ```
/// look (metadata, folders, room) --reasons--> refused
///   '--> check in place (--move) --> mark --> copy or move, check --> metadata, checkpoints --> reveal
/// ```
/// **Owner.** The thread that calls [#run].
public final class Adopt implements AutoCloseable {
    private final AdoptRequest request;
    private final AdoptProgress progress;
    private final Env env;
    private final List<KafkaDirectory> sources = new ArrayList<>();
    private final List<AdoptTarget> targets = new ArrayList<>();

    private Adopt(AdoptRequest request, AdoptProgress progress, Env env) {
        this.request = request;
        this.progress = progress;
        this.env = env;
    }

    /// Adopts, or says why not.
    ///
    /// @return null when an earlier run had come to its end but for the last step, which is done now
    public static @Nullable AdoptReport run(AdoptRequest request, AdoptProgress progress)
            throws AdoptRefused, IOException, InterruptedException {
        var host =
                new Host(broken -> {
                    throw broken;
                });
        try (var adopt = new Adopt(request, progress, host)) {
            return adopt.run();
        } finally {
            host.stop(0);
        }
    }

    private @Nullable AdoptReport run() throws AdoptRefused, IOException {
        if (finished()) {
            return null;
        }
        for (Path from : request.from()) {
            sources.add(KafkaDirectory.take(from));
        }
        var reasons = new ArrayList<String>();
        KafkaDirectory withMetadata = oneNode(reasons);
        var metadata = KafkaMetadata.read(withMetadata, env);
        reasons.addAll(metadata.adoption().refusals(withMetadata.nodeId(), request.leaveOut()));
        var plan = AdoptPlan.of(metadata.adoption(), sources, movedTo(), reasons);
        everyDirectory(metadata, withMetadata.nodeId(), reasons);
        long bytes = look(plan, reasons);
        refuse(reasons);
        return adopt(metadata, withMetadata, plan, bytes);
    }

    /// An earlier run was cut short at its very end.
    private boolean finished() throws AdoptRefused, IOException {
        for (Path to : request.to()) {
            if (AdoptTarget.state(to) == AdoptTarget.State.WHOLE) {
                takeTargets();
                AdoptTarget last = targets.get(request.to().indexOf(to));
                AdoptTarget.reveal(targets, last);
                return true;
            }
        }
        return false;
    }

    private void takeTargets() throws AdoptRefused {
        for (Path to : request.to()) {
            targets.add(AdoptTarget.take(to, env.entropy().uuid()));
        }
    }

    private static void refuse(List<String> reasons) throws AdoptRefused {
        if (!reasons.isEmpty()) {
            throw new AdoptRefused(reasons);
        }
    }

    /// The directory that holds the metadata.
    private KafkaDirectory oneNode(List<String> reasons) throws IOException, AdoptRefused {
        KafkaDirectory found = null;
        for (KafkaDirectory source : sources) {
            KafkaDirectory first = sources.getFirst();
            if (!source.clusterId().equals(first.clusterId())
                    || source.nodeId() != first.nodeId()) {
                reasons.add(
                        "%s belongs to node %d of the cluster %s, and %s to node %d of %s."
                                .formatted(
                                        first.path(),
                                        first.nodeId(),
                                        first.clusterId(),
                                        source.path(),
                                        source.nodeId(),
                                        source.clusterId()));
            }
            if (source.hasMetadata()) {
                found = source;
            }
        }
        refuse(reasons);
        if (found == null) {
            throw AdoptRefused.because(
                    "No directory holds %s: give metadata.log.dir too, where it is another one than those of log.dirs."
                            .formatted(StoppedQuorum.FOLDER));
        }
        return found;
    }

    private List<@Nullable Path> movedTo() throws IOException {
        var moved = new ArrayList<@Nullable Path>();
        for (int i = 0; i < sources.size(); i++) {
            Path to = request.to().get(request.target(i));
            moved.add(AdoptTarget.state(to) == AdoptTarget.State.MOVING ? to : null);
        }
        return moved;
    }

    /// The broker had registered with all of its directories.
    private void everyDirectory(KafkaMetadata metadata, int nodeId, List<String> reasons) {
        var broker = metadata.adoption().found().cluster().broker(nodeId);
        if (broker != null) {
            List<@Nullable Uuid> given = sources.stream().map(KafkaDirectory::id).toList();
            long missing = broker.directories().stream().filter(id -> !given.contains(id)).count();
            if (missing > 0) {
                reasons.add(
                        "The broker had %d directories, and %d of them are not among those given: give every directory of log.dirs."
                                .formatted(broker.directories().size(), missing));
            }
        }
    }

    /// At the folders and the disks, before anything is done.
    ///
    /// @return bytes of all segments
    private long look(AdoptPlan plan, List<String> reasons) throws IOException {
        long bytes = 0;
        long[] room = new long[request.to().size()];
        var swapping = new ArrayList<String>();
        for (AdoptPlan.Folder folder : plan.partitions().values()) {
            if (!folder.moved()) {
                Path path = sources.get(folder.source()).path().resolve(folder.folder());
                long size = LogFolder.bytes(path);
                bytes += size;
                room[request.target(folder.source())] += size;
                if (LogFolder.isSwapping(path)) {
                    swapping.add(path.toString());
                }
            }
        }
        if (!swapping.isEmpty()) {
            reasons.add(
                    "A compaction was cut short in %s: start Kafka once and stop it, which finishes that."
                            .formatted(AdoptPlan.some(swapping)));
        }
        new TargetChecks(request, sources).reasons(room, reasons);
        return bytes;
    }

    private AdoptReport adopt(
            KafkaMetadata metadata, KafkaDirectory withMetadata, AdoptPlan plan, long bytes)
            throws AdoptRefused, IOException {
        takeTargets();
        var logs = new ArrayList<Logs>();
        for (int i = 0; i < sources.size(); i++) {
            logs.add(new Logs(env, sources.get(i), targets.get(request.target(i))));
        }
        var meter = new Meter(progress, bytes);
        if (request.move()) {
            move(plan, logs, meter);
        } else {
            copy(plan, logs, meter);
        }
        for (AdoptPlan.Folder folder : plan.partitions().values()) {
            logs.get(folder.source()).settle(folder);
        }
        refuseAfterAll(faults(logs));
        int home = request.target(sources.indexOf(withMetadata));
        MetadataImage image = writeMetadata(metadata, withMetadata, plan, targets.get(home));
        for (int t = 0; t < targets.size(); t++) {
            var checkpoints = new Checkpoints();
            for (int i = 0; i < sources.size(); i++) {
                if (request.target(i) == t) {
                    logs.get(i).addTo(checkpoints);
                }
            }
            checkpoints.write(targets.get(t).storage());
            targets.get(t).identify(withMetadata.clusterId(), withMetadata.nodeId());
        }
        refuseAfterAll(changed());
        AdoptTarget.reveal(targets, targets.get(home));
        return report(metadata, withMetadata, plan, logs, image);
    }

    private void copy(AdoptPlan plan, List<Logs> logs, Meter meter)
            throws AdoptRefused, IOException {
        for (AdoptTarget target : targets) {
            target.begin(false);
        }
        for (AdoptPlan.Folder folder : plan.partitions().values()) {
            meter.begin(folder.folder());
            logs.get(folder.source()).copy(folder, meter);
        }
        refuseAfterAll(faults(logs));
    }

    private void move(AdoptPlan plan, List<Logs> logs, Meter meter)
            throws AdoptRefused, IOException {
        for (AdoptPlan.Folder folder : plan.partitions().values()) {
            meter.begin(folder.folder());
            logs.get(folder.source()).checkInPlace(folder, meter);
        }
        for (Logs each : logs) {
            refuse(each.faults());
        }
        for (AdoptTarget target : targets) {
            target.begin(true);
        }
        for (KafkaDirectory source : sources) {
            source.surrender();
        }
        for (AdoptPlan.Folder folder : plan.partitions().values()) {
            logs.get(folder.source()).move(folder);
        }
        for (KafkaDirectory source : sources) {
            source.storage().syncDirectory();
        }
    }

    private static List<String> faults(List<Logs> logs) {
        return logs.stream().flatMap(each -> each.faults().stream()).toList();
    }

    private List<String> changed() throws IOException {
        var reasons = new ArrayList<String>();
        for (KafkaDirectory source : sources) {
            if (source.hasChanged()) {
                reasons.add(
                        "A broker has run on %s meanwhile: stop it, and adopt again."
                                .formatted(source.path()));
            }
        }
        return reasons;
    }

    /// What was copied is taken away again; what was moved stays where it is.
    private void refuseAfterAll(List<String> reasons) throws AdoptRefused, IOException {
        if (!reasons.isEmpty() && !request.move()) {
            for (AdoptTarget target : targets) {
                target.clear();
                target.reveal();
            }
        }
        refuse(reasons);
    }

    private MetadataImage writeMetadata(
            KafkaMetadata metadata, KafkaDirectory withMetadata, AdoptPlan plan, AdoptTarget home)
            throws IOException {
        int nodeId = withMetadata.nodeId();
        MetadataImage image =
                metadata.adoption()
                        .carried(nodeId, (topic, partition) -> directoryOf(plan, topic, partition));
        home.storage().deleteDirectory(StoppedQuorum.FOLDER);
        StoppedQuorum.begin(
                env,
                home.storage(),
                metadata.contents(),
                ImageRecords.of(image),
                nodeId,
                home.id());
        return image;
    }

    private Uuid directoryOf(AdoptPlan plan, String topic, int partition) {
        var name = new TopicPartition(topic, partition);
        int source = Objects.requireNonNull(plan.partitions().get(name)).source();
        return targets.get(request.target(source)).id();
    }

    private AdoptReport report(
            KafkaMetadata metadata,
            KafkaDirectory withMetadata,
            AdoptPlan plan,
            List<Logs> logs,
            MetadataImage image) {
        var notes = new ArrayList<String>();
        for (Map.Entry<LeftOut, Integer> kind : metadata.adoption().notServed().entrySet()) {
            notes.add(
                    "%s left out: %s."
                            .formatted(
                                    kind.getKey().counted(kind.getValue()),
                                    kind.getKey().consequence()));
        }
        if (!plan.left().isEmpty()) {
            notes.add("Left, since no topic has them: " + AdoptPlan.some(plan.left()) + ".");
        }
        logs.forEach(each -> notes.addAll(each.notes()));
        return new AdoptReport(
                withMetadata.clusterId(),
                withMetadata.nodeId(),
                metadata.adoption().found().features().metadataVersion().version(),
                image.topics().size(),
                plan.partitions().size(),
                logs.stream().mapToLong(Logs::records).sum(),
                logs.stream().mapToLong(Logs::bytes).sum(),
                settings(image),
                image.producerIds().next(),
                notes);
    }

    private static int settings(MetadataImage image) {
        int count = 0;
        for (ConfigResource resource : image.configs().resources()) {
            count += image.configs().of(resource).size();
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        for (AdoptTarget target : targets) {
            target.close();
        }
        for (KafkaDirectory source : sources) {
            source.close();
        }
    }
}
