package dev.millrace.engine.metadata;

import java.util.List;
import org.apache.kafka.common.Uuid;

/// One topic. `partitions.get(i)` is partition i.
public record TopicImage(String name, Uuid id, List<PartitionImage> partitions) {}
