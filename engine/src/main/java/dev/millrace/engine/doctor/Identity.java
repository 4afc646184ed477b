package dev.millrace.engine.doctor;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.Checksums;
import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.Mend;
import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.MetadataImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// `meta.properties`: whose a data directory is. What Millrace writes ends in a comment with the checksum of all before it:
/// ```
/// version=1
/// cluster.id=4L6g3nShT-eMCtK--X86sw
/// node.id=1
/// directory.id=sAbBEqYTxSm5NTCvCWyLog
/// #crc32c=5f3759df
/// ```
/// Kafka reads it, and leaves the comment out when it writes the file itself.
public final class Identity {
    /// The file's name.
    public static final String FILE = "meta.properties";

    private static final String CHECKSUM = "#crc32c=";

    private final Storage directory;
    private final List<Finding> findings = new ArrayList<>();
    private Map<String, String> values = new TreeMap<>();
    private boolean proven;

    private Identity(Storage directory) {
        this.directory = directory;
    }

    /// The bytes of a new file.
    public static byte[] encode(String clusterId, int nodeId, Uuid directoryId) {
        String text =
                "version=1\ncluster.id="
                        + clusterId
                        + "\nnode.id="
                        + nodeId
                        + "\ndirectory.id="
                        + directoryId
                        + "\n";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String hex = Integer.toHexString(Checksums.crc32c(bytes));
        return (text + CHECKSUM + "0".repeat(8 - hex.length()) + hex + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /// Whether those are the bytes of a file that Millrace has written: Kafka's has no checksum.
    public static boolean isOurs(byte[] file) {
        return new String(file, StandardCharsets.UTF_8).contains(CHECKSUM);
    }

    static Identity of(Storage directory) throws IOException {
        var identity = new Identity(directory);
        identity.read();
        return identity;
    }

    List<Finding> findings() {
        return findings;
    }

    /// -1 when unknown.
    int nodeId() {
        try {
            return Integer.parseInt(values.getOrDefault("node.id", "-1"));
        } catch (NumberFormatException damaged) {
            return -1;
        }
    }

    String clusterId() {
        return values.getOrDefault("cluster.id", "");
    }

    Uuid directoryId() {
        try {
            return Uuid.fromString(values.getOrDefault("directory.id", ""));
        } catch (IllegalArgumentException damaged) {
            return Uuid.ZERO_UUID;
        }
    }

    private void read() throws IOException {
        byte[] bytes = directory.readAll(FILE);
        if (bytes == null) {
            findings.add(
                    Finding.odd(
                            FILE,
                            "is not there: a start would take the directory for a new one, of a new cluster"));
            return;
        }
        byte[] right = Checksums.mended(bytes, CHECKSUM);
        proven = right != null;
        if (right != null && !Arrays.equals(right, bytes)) {
            wrong("is damaged; its checksum tells what it was", right);
            bytes = right;
        }
        values = parse(bytes);
        if (!proven) {
            plausible(bytes);
        }
    }

    private static Map<String, String> parse(byte[] bytes) {
        var values = new TreeMap<String, String>();
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            int equals = line.indexOf('=');
            if (!line.startsWith("#") && equals > 0) {
                values.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
            }
        }
        return values;
    }

    /// One without a checksum.
    private void plausible(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        boolean whole =
                values.keySet()
                                .containsAll(
                                        List.of("version", "cluster.id", "node.id", "directory.id"))
                        && values.size() == 4
                        && List.of("0", "1").contains(values.get("version"))
                        && nodeId() >= 0
                        && directoryId().toString().equals(values.get("directory.id"))
                        && !clusterId().isEmpty()
                        && text.endsWith("\n")
                        && text.lines().noneMatch(l -> !l.startsWith("#") && l.indexOf('=') < 0);
        if (!whole || text.contains(CHECKSUM)) {
            findings.add(
                    Finding.odd(
                            FILE,
                            "is damaged. It has to say version, cluster.id, node.id and directory.id; it says "
                                    + values));
        }
    }

    private void wrong(String what, byte[] right) {
        findings.add(
                Finding.wrong(
                        FILE,
                        what,
                        new Mend(
                                "writes it as it was",
                                () -> directory.writeAtomically(FILE, ByteBuffer.wrap(right)))));
    }

    /// Compares it with what the node has registered as.
    void registered(MetadataImage image, boolean onlyDirectory) {
        if (proven || !findings.isEmpty()) {
            return;
        }
        boolean known =
                image.cluster().brokers().containsKey(nodeId())
                        || image.cluster().controllers().containsKey(nodeId());
        if (!known && !image.cluster().brokers().isEmpty()) {
            int only =
                    image.cluster().brokers().size() == 1
                            ? image.cluster().brokers().firstKey()
                            : -1;
            differs(
                    "node.id",
                    "" + nodeId(),
                    "no node has registered with it",
                    "" + only,
                    only >= 0);
            return;
        }
        BrokerImage broker = image.cluster().broker(nodeId());
        if (broker != null
                && !broker.directories().isEmpty()
                && !broker.directories().contains(directoryId())) {
            Uuid only = broker.directories().getFirst();
            differs(
                    "directory.id",
                    directoryId().toString(),
                    "the node has registered others",
                    only.toString(),
                    onlyDirectory && broker.directories().size() == 1);
        }
    }

    private void differs(String key, String is, String why, String right, boolean derivable) {
        String what = "says %s=%s, and %s".formatted(key, is, why);
        if (derivable) {
            var all = new TreeMap<>(values);
            all.put(key, right);
            wrong(
                    what + ": " + right,
                    encode(
                            clusterId(),
                            Integer.parseInt(all.getOrDefault("node.id", "0")),
                            Uuid.fromString(all.getOrDefault("directory.id", ""))));
        } else {
            findings.add(Finding.odd(FILE, what));
        }
    }

    /// Compares it with another directory of the same node.
    void sameAs(String path, @Nullable Identity other) {
        if (other != null
                && findings.isEmpty()
                && (!clusterId().equals(other.clusterId()) || nodeId() != other.nodeId())) {
            findings.add(
                    Finding.odd(
                            FILE,
                            "says cluster %s, node %d; that of %s says %s, %d"
                                    .formatted(
                                            clusterId(),
                                            nodeId(),
                                            path,
                                            other.clusterId(),
                                            other.nodeId())));
        }
    }
}
