package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// Kafka's file that says of which topic a partition's folder is: topics of one name in turn have different ids.
public final class PartitionMetadata {
    public static final String FILE = "partition.metadata";

    private static final String BEFORE_ID = "version: 0\ntopic_id: ";

    /// Of a file that was written whole, but for white space at its end.
    public static final int SHORTEST = BEFORE_ID.length() + Uuid.ZERO_UUID.toString().length();

    private static final Pattern TEXT =
            Pattern.compile(Pattern.quote(BEFORE_ID) + "([A-Za-z0-9_-]{22})\n?");

    private PartitionMetadata() {}

    /// What the file holds.
    public static String text(Uuid topicId) {
        return BEFORE_ID + topicId + "\n";
    }

    /// [#text] in UTF-8.
    public static ByteBuffer bytes(Uuid topicId) {
        return ByteBuffer.wrap(text(topicId).getBytes(StandardCharsets.UTF_8));
    }

    /// The topic's id as the file has it; null where the text is not one that Kafka writes.
    public static @Nullable String topicId(String text) {
        Matcher whole = TEXT.matcher(text);
        return whole.matches() ? whole.group(1) : null;
    }
}
