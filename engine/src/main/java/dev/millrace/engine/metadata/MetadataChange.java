package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One step of the metadata: from one image to the next, and where to look for what is different. A follower's work is in
/// proportion to what changed, not to what there is.
///
/// @param touched topics that the step's records speak of, in their order; null when any topic may be another
public record MetadataChange(
        MetadataImage before, MetadataImage after, @Nullable Set<Uuid> touched) {
    /// A step of which nothing is known: a first image, or a snapshot.
    public static MetadataChange anything(MetadataImage before, MetadataImage after) {
        return new MetadataChange(before, after, null);
    }

    /// Topics that exist and that are, or whose settings are, perhaps not as they were.
    public Collection<TopicImage> changedTopics() {
        return touched == null
                ? after.topics().inNameOrder()
                : existing(touched, after.topics(), _ -> true);
    }

    /// Topics that exist no longer, as they were.
    public Collection<TopicImage> deletedTopics() {
        TopicsImage is = after.topics();
        Predicate<TopicImage> gone = topic -> is.byId(topic.id()) == null;
        return touched == null
                ? before.topics().inNameOrder().stream().filter(gone).toList()
                : existing(touched, before.topics(), gone);
    }

    private static List<TopicImage> existing(
            Set<Uuid> ids, TopicsImage topics, Predicate<TopicImage> wanted) {
        var found = new ArrayList<TopicImage>(ids.size());
        for (Uuid id : ids) {
            TopicImage topic = topics.byId(id);
            if (topic != null && wanted.test(topic)) {
                found.add(topic);
            }
        }
        return found;
    }
}
