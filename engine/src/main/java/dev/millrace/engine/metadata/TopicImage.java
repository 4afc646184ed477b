package dev.millrace.engine.metadata;

import java.util.List;
import org.apache.kafka.common.Uuid;

/// One topic. `partitions.get(i)` is partition i; the list is persistent, so that a change of one partition costs that change.
public record TopicImage(String name, Uuid id, List<PartitionImage> partitions) {}
