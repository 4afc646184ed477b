package dev.millrace.engine.coordinator.group;

import java.util.Arrays;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One group's offsets in one topic: columns, sorted by partition.
///
/// A coordinator may hold millions of offsets, so one costs what its numbers take (36 bytes) and no object of its own.
/// Metadata, times of expiry, and topic ids that differ are rare, and take their column only when they occur.
///
/// Partitions mostly come in order, at the end; others cost a move of what stands behind them.
final class TopicOffsets {
    private static final int FIRST_CAPACITY = 1;
    private static final String NO_METADATA = "";

    private int size;
    private int[] partitions = new int[FIRST_CAPACITY];
    private long[] offsets = new long[FIRST_CAPACITY];
    private int[] leaderEpochs = new int[FIRST_CAPACITY];
    private long[] committedMs = new long[FIRST_CAPACITY];

    /// Where in the log each was committed.
    private long[] positions = new long[FIRST_CAPACITY];

    private Uuid topicId = Uuid.ZERO_UUID;

    /// Null while all are of `topicId`.
    private Uuid @Nullable [] topicIds;

    /// Null while nobody had any.
    private String @Nullable [] metadata;

    /// Null while none of them has a time of its own.
    private long @Nullable [] expiresMs;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// @param index from 0 to the size, in the order of the partitions
    int partition(int index) {
        return partitions[Objects.checkIndex(index, size)];
    }

    long committedMs(int index) {
        return committedMs[Objects.checkIndex(index, size)];
    }

    /// [CommittedOffset#NEVER] when it has none of its own.
    long expiresMs(int index) {
        Objects.checkIndex(index, size);
        return expiresMs == null ? CommittedOffset.NEVER : expiresMs[index];
    }

    private Uuid topicId(int index) {
        return topicIds == null ? topicId : topicIds[index];
    }

    /// Is the offset of the topic with that id, or of one that nobody knows the id of?
    boolean isOf(int index, Uuid id) {
        Uuid known = topicId(Objects.checkIndex(index, size));
        return known.equals(Uuid.ZERO_UUID) || known.equals(id);
    }

    CommittedOffset at(int index) {
        Objects.checkIndex(index, size);
        return new CommittedOffset(
                offsets[index],
                leaderEpochs[index],
                metadata == null ? NO_METADATA : metadata[index],
                committedMs[index],
                expiresMs(index),
                topicId(index));
    }

    @Nullable CommittedOffset get(int partition) {
        int index = find(partition);
        return index < 0 ? null : at(index);
    }

    boolean has(int partition) {
        return find(partition) >= 0;
    }

    /// Where in the log the partition's offset was committed; -1 when it has none.
    long position(int partition) {
        int index = find(partition);
        return index < 0 ? -1 : positions[index];
    }

    private int find(int partition) {
        return Arrays.binarySearch(partitions, 0, size, partition);
    }

    /// @return true when the partition had none before
    boolean put(int partition, CommittedOffset offset, long position) {
        int index = find(partition);
        boolean isNew = index < 0;
        if (isNew) {
            index = -1 - index;
            open(index);
        }
        partitions[index] = partition;
        offsets[index] = offset.offset();
        leaderEpochs[index] = offset.leaderEpoch();
        committedMs[index] = offset.committedMs();
        positions[index] = position;
        putRare(index, offset);
        return isNew;
    }

    private void putRare(int index, CommittedOffset offset) {
        if (size == 1) {
            topicId = offset.topicId();
            topicIds = null;
        }
        if (topicIds == null && !topicId.equals(offset.topicId())) {
            topicIds = new Uuid[partitions.length];
            Arrays.fill(topicIds, topicId);
        }
        if (topicIds != null) {
            topicIds[index] = offset.topicId();
        }
        if (metadata == null && !offset.metadata().isEmpty()) {
            metadata = new String[partitions.length];
            Arrays.fill(metadata, NO_METADATA);
        }
        if (metadata != null) {
            metadata[index] = offset.metadata();
        }
        if (expiresMs == null && offset.expiresMs() != CommittedOffset.NEVER) {
            expiresMs = new long[partitions.length];
            Arrays.fill(expiresMs, CommittedOffset.NEVER);
        }
        if (expiresMs != null) {
            expiresMs[index] = offset.expiresMs();
        }
    }

    /// @return true when there was one
    boolean remove(int partition) {
        int index = find(partition);
        if (index < 0) {
            return false;
        }
        size--;
        move(index + 1, index, size - index);
        if (metadata != null) {
            metadata[size] = NO_METADATA;
        }
        return true;
    }

    /// Makes a place.
    private void open(int index) {
        if (size == partitions.length) {
            resize(size + (size >> 1) + 1);
        }
        move(index, index + 1, size - index);
        size++;
    }

    private void move(int from, int to, int count) {
        System.arraycopy(partitions, from, partitions, to, count);
        System.arraycopy(offsets, from, offsets, to, count);
        System.arraycopy(leaderEpochs, from, leaderEpochs, to, count);
        System.arraycopy(committedMs, from, committedMs, to, count);
        System.arraycopy(positions, from, positions, to, count);
        if (topicIds != null) {
            System.arraycopy(topicIds, from, topicIds, to, count);
        }
        if (metadata != null) {
            System.arraycopy(metadata, from, metadata, to, count);
        }
        if (expiresMs != null) {
            System.arraycopy(expiresMs, from, expiresMs, to, count);
        }
    }

    private void resize(int capacity) {
        partitions = Arrays.copyOf(partitions, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        leaderEpochs = Arrays.copyOf(leaderEpochs, capacity);
        committedMs = Arrays.copyOf(committedMs, capacity);
        positions = Arrays.copyOf(positions, capacity);
        if (topicIds != null) {
            topicIds = Arrays.copyOf(topicIds, capacity);
        }
        if (metadata != null) {
            metadata = Arrays.copyOf(metadata, capacity);
        }
        if (expiresMs != null) {
            expiresMs = Arrays.copyOf(expiresMs, capacity);
        }
    }
}
