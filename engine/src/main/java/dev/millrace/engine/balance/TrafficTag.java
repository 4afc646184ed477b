package dev.millrace.engine.balance;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.jspecify.annotations.Nullable;

/// The tagged fields with which our nodes ask for, and tell, more than Kafka's DescribeLogDirs has. Who does not know them passes
/// over them, as tagged fields are meant (KIP-482); who does not ask gets none.
///
/// ```
/// request:            tag 7770, empty
/// each partition:     tag 7770, two longs: bytes appended, bytes read by consumers
/// ```
public final class TrafficTag {
    private static final int TAG = 7_770;
    private static final int LENGTH = 2 * Long.BYTES;

    private TrafficTag() {}

    /// Asks for the numbers.
    static void ask(DescribeLogDirsRequestData request) {
        request.unknownTaggedFields().add(new RawTaggedField(TAG, new byte[0]));
    }

    /// Whether somebody asks for them.
    public static boolean asked(DescribeLogDirsRequestData request) {
        return find(request) != null;
    }

    /// Tells them.
    public static void tell(DescribeLogDirsPartition partition, long appended, long served) {
        byte[] data = ByteBuffer.allocate(LENGTH).putLong(appended).putLong(served).array();
        partition.unknownTaggedFields().add(new RawTaggedField(TAG, data));
    }

    static Figures read(DescribeLogDirsPartition partition) {
        RawTaggedField field = find(partition);
        if (field == null || field.data().length != LENGTH) {
            return new Figures(partition.partitionSize(), Figures.UNKNOWN, Figures.UNKNOWN);
        }
        ByteBuffer data = ByteBuffer.wrap(field.data());
        return new Figures(partition.partitionSize(), data.getLong(), data.getLong());
    }

    private static @Nullable RawTaggedField find(Message message) {
        List<RawTaggedField> fields = message.unknownTaggedFields();
        return fields.stream().filter(field -> field.tag() == TAG).findFirst().orElse(null);
    }
}
