package dev.millrace.engine.coordinator.group;

import java.util.List;

/// The topics that the group reads are not what they were.
public sealed interface TopicCause extends RebalanceCause {
    record PartitionsAdded(String topic, int before, int after) implements TopicCause {
        @Override
        public Kind kind() {
            return Kind.PARTITIONS_ADDED;
        }

        @Override
        public String text() {
            return "topic %s has %d partitions now, it had %d".formatted(topic, after, before);
        }
    }

    record TopicCreated(String topic, int partitions) implements TopicCause {
        @Override
        public Kind kind() {
            return Kind.TOPIC_CREATED;
        }

        @Override
        public String text() {
            return "topic %s, which the group reads, was created with %s"
                    .formatted(topic, PlainWords.count(partitions, "partition"));
        }
    }

    record TopicDeleted(String topic) implements TopicCause {
        @Override
        public Kind kind() {
            return Kind.TOPIC_DELETED;
        }

        @Override
        public String text() {
            return "topic " + topic + ", which the group reads, was deleted";
        }
    }

    /// Between two looks at it: another topic under the same name.
    record TopicReplaced(String topic, int before, int after) implements TopicCause {
        @Override
        public Kind kind() {
            return Kind.TOPIC_REPLACED;
        }

        @Override
        public String text() {
            return "topic %s was deleted and created anew with %s, it had %d"
                    .formatted(topic, PlainWords.count(after, "partition"), before);
        }
    }

    /// They have changed, but nobody here saw how they were before.
    record TopicsChanged(List<String> topics) implements TopicCause {
        public TopicsChanged {
            topics = PlainWords.few(topics);
        }

        @Override
        public Kind kind() {
            return Kind.TOPICS_CHANGED;
        }

        @Override
        public String text() {
            return "the topics that the group reads, or where they lie, have changed: "
                    + PlainWords.list(topics);
        }
    }

    /// A pattern that members subscribe to matches other topics than before.
    record TopicsMatched(String pattern, List<String> added, List<String> removed)
            implements TopicCause {
        public TopicsMatched {
            pattern = PlainWords.cut(pattern);
            added = PlainWords.few(added);
            removed = PlainWords.few(removed);
        }

        @Override
        public Kind kind() {
            return Kind.TOPICS_MATCHED;
        }

        @Override
        public String text() {
            return "the pattern "
                    + pattern
                    + " matches other topics than before"
                    + PlainWords.difference(added, removed);
        }
    }
}
