package dev.millrace.broker.adopt;

import dev.millrace.engine.log.PartitionMetadata;
import dev.millrace.engine.metadata.Adoption;
import dev.millrace.engine.metadata.TopicImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// What goes where: a folder for every partition that the metadata has. Made by looking only.
///
/// @param partitions in the order of their names
/// @param left folders that nobody takes along, with the directory's path
record AdoptPlan(Map<TopicPartition, Folder> partitions, List<String> left) {
    static final Comparator<TopicPartition> BY_NAME =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private static final int NAMED = 5;

    /// @param source the number of the directory that it is in
    /// @param moved it is at its new place already
    record Folder(TopicPartition name, Uuid topicId, int source, boolean moved) {
        String folder() {
            return name.topic() + "-" + name.partition();
        }
    }

    /// @param moved where to look for folders that an earlier move has brought, by the number of the source
    /// @param reasons is told what does not fit together
    static AdoptPlan of(
            Adoption adoption,
            List<KafkaDirectory> sources,
            List<@Nullable Path> moved,
            List<String> reasons)
            throws IOException {
        var partitions = new TreeMap<TopicPartition, Folder>(BY_NAME);
        var missing = new ArrayList<String>();
        var claimed = new HashMap<Integer, Set<TopicPartition>>();
        for (TopicImage topic : adoption.found().topics().inNameOrder()) {
            for (int i = 0; i < topic.partitions().size() && Adoption.isCarried(topic); i++) {
                var name = new TopicPartition(topic.name(), i);
                Folder folder = find(name, topic.id(), sources, moved, reasons);
                if (folder == null) {
                    missing.add(name.toString());
                } else {
                    partitions.put(name, folder);
                    claimed.computeIfAbsent(folder.source(), _ -> new HashSet<>()).add(name);
                }
            }
        }
        if (!missing.isEmpty()) {
            reasons.add(
                    "No directory holds %s: give every directory of log.dirs. (If a partition is so new that it has no folder yet, start Kafka once and stop it.)"
                            .formatted(some(missing)));
        }
        var left = new ArrayList<String>();
        for (int i = 0; i < sources.size(); i++) {
            KafkaDirectory source = sources.get(i);
            Set<TopicPartition> taken = claimed.getOrDefault(i, Set.of());
            source.others().forEach(other -> left.add(source.path() + "/" + other));
            source.folders()
                    .forEach((name, folder) -> {
                        if (!taken.contains(name)) {
                            left.add(source.path() + "/" + folder);
                        }
                    });
        }
        return new AdoptPlan(partitions, left);
    }

    private static @Nullable Folder find(
            TopicPartition name,
            Uuid topicId,
            List<KafkaDirectory> sources,
            List<@Nullable Path> moved,
            List<String> reasons)
            throws IOException {
        int origin = origin(name, topicId, sources, moved);
        if (origin >= 0) {
            return new Folder(name, topicId, origin, true);
        }
        Folder found = null;
        for (int i = 0; i < sources.size(); i++) {
            KafkaDirectory source = sources.get(i);
            if (source.folders().containsKey(name)
                    && isTopic(source.path().resolve(name.toString()), topicId)) {
                if (found != null) {
                    reasons.add(
                            "%s is in %s and in %s: remove the one that Kafka does not use."
                                    .formatted(
                                            name,
                                            sources.get(found.source()).path(),
                                            source.path()));
                }
                found = new Folder(name, topicId, i, false);
            }
        }
        return found;
    }

    /// Where a folder that is at its new place was: in the directory whose checkpoints name it; else in the first that moves there.
    ///
    /// @return -1 when it is not at its new place
    private static int origin(
            TopicPartition name,
            Uuid topicId,
            List<KafkaDirectory> sources,
            List<@Nullable Path> moved)
            throws IOException {
        int origin = -1;
        for (int i = 0; i < sources.size(); i++) {
            Path target = moved.get(i);
            boolean there = target != null && isTopic(target.resolve(name.toString()), topicId);
            if (there && sources.get(i).knows(name)) {
                return i;
            }
            if (there && origin < 0) {
                origin = i;
            }
        }
        return origin;
    }

    /// A folder may be of an earlier topic of the same name, which Kafka would put aside at its next start. One that does not say whose it
    /// is was made shortly before a crash.
    private static boolean isTopic(Path folder, Uuid topicId) throws IOException {
        Path metadata = folder.resolve(PartitionMetadata.FILE);
        return Files.isDirectory(folder)
                && (!Files.exists(metadata)
                        || Files.readAllLines(metadata).contains("topic_id: " + topicId));
    }

    static String some(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(NAMED, names.size())));
        return names.size() > NAMED ? first + " and " + (names.size() - NAMED) + " more" : first;
    }
}
