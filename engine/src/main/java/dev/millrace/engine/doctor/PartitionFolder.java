package dev.millrace.engine.doctor;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.Mend;
import dev.millrace.engine.log.PartitionMetadata;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// Compares a partition's folder with what the metadata says of the partition: is it there, is it ours, whose is it?
final class PartitionFolder {
    private static final String FILE = PartitionMetadata.FILE;

    private PartitionFolder() {}

    static List<Finding> check(
            Storage folder, TopicPartition name, @Nullable MetadataImage image, int nodeId)
            throws IOException {
        List<Finding> findings = new ArrayList<>();
        byte[] bytes = folder.readAll(FILE);
        String text = bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
        TopicImage topic = image == null ? null : image.topics().byName(name.topic());
        if (image == null) {
            if (PartitionMetadata.topicId(text) == null) {
                findings.add(Finding.odd(FILE, "does not say whose folder it is"));
            }
        } else if (topic == null || topic.partitions().size() <= name.partition()) {
            findings.add(
                    Finding.note(
                            FILE,
                            topic == null
                                    ? "is of a topic that the cluster does not have (any more): nobody reads the folder"
                                    : "is of a partition that its topic does not have: nobody reads the folder"));
        } else {
            if (nodeId >= 0
                    && !topic.partitions().get(name.partition()).replicas().contains(nodeId)) {
                findings.add(
                        Finding.note(
                                FILE,
                                "is of a partition of which this node has no replica: nobody reads the folder"));
            }
            id(folder, text, topic.id(), findings);
        }
        return findings;
    }

    private static void id(Storage folder, String text, Uuid right, List<Finding> findings) {
        String wanted = PartitionMetadata.text(right);
        if (text.equals(wanted) || (text + "\n").equals(wanted)) {
            return;
        }
        String said = PartitionMetadata.topicId(text);
        if (said != null && apart(text, wanted) > Byte.SIZE) {
            findings.add(
                    Finding.odd(
                            FILE,
                            "says that the folder is of a topic with the id %s; the topic of that name has %s, so it was made after the other one was deleted. The next start puts this folder aside, as *-stray"
                                    .formatted(said, right)));
            return;
        }
        findings.add(
                Finding.wrong(
                        FILE,
                        text.isEmpty()
                                ? "is not there, or empty"
                                : "is damaged: a start would take the folder for one of an earlier topic, and put it aside as *-stray",
                        new Mend(
                                "writes the topic's id from the metadata",
                                () -> claim(folder, right))));
    }

    /// Has a folder say which topic it is of.
    static void claim(Storage folder, Uuid topicId) throws IOException {
        folder.writeAtomically(FILE, PartitionMetadata.bytes(topicId));
    }

    private static int apart(String a, String b) {
        int bits = 0;
        for (int i = 0; i < Math.min(a.length(), b.length()); i++) {
            bits += Integer.bitCount(a.charAt(i) ^ b.charAt(i));
        }
        return bits;
    }
}
