package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// Topics go, by name or by id. A topic that is named twice in one request, whichever way, is refused both times.
public final class TopicDeletion {
    private final MetadataImage image;
    private final List<DeletableTopicResult> results = new ArrayList<>();
    private final List<ApiMessageAndVersion> records = new ArrayList<>();

    private TopicDeletion(MetadataImage image) {
        this.image = image;
    }

    /// Answers with a plain list: to put many unknown ids, which have no names, into the response's table of names takes long, and
    /// this is the controller's turn.
    ///
    /// @throws org.apache.kafka.common.errors.TopicDeletionDisabledException when the setting forbids it
    public static Decision<List<DeletableTopicResult>> decide(
            MetadataImage image, ClusterDefaults defaults, DeleteTopicsRequestData request) {
        if (!defaults.topicsMayBeDeleted()) {
            throw Errors.TOPIC_DELETION_DISABLED.exception();
        }
        var deletion = new TopicDeletion(image);
        var names = new LinkedHashSet<String>();
        var ids = new LinkedHashSet<Uuid>();
        var twiceNames = new LinkedHashSet<String>();
        var twiceIds = new LinkedHashSet<Uuid>();
        for (String name : request.topicNames()) {
            once(names, twiceNames, name);
        }
        for (DeleteTopicState topic : request.topics()) {
            boolean hasId = !topic.topicId().equals(Uuid.ZERO_UUID);
            if (topic.name() != null && hasId) {
                deletion.refuse(
                        topic.name(),
                        topic.topicId(),
                        Errors.INVALID_REQUEST,
                        "You may not specify both topic name and topic id.");
            } else if (topic.name() != null) {
                once(names, twiceNames, topic.name());
            } else if (hasId) {
                once(ids, twiceIds, topic.topicId());
            } else {
                deletion.refuse(
                        null,
                        Uuid.ZERO_UUID,
                        Errors.INVALID_REQUEST,
                        "Neither topic name nor id were specified.");
            }
        }
        for (String name : twiceNames) {
            deletion.refuse(name, Uuid.ZERO_UUID, Errors.INVALID_REQUEST, "Duplicate topic name.");
        }
        for (Uuid id : twiceIds) {
            deletion.refuse(null, id, Errors.INVALID_REQUEST, "Duplicate topic id.");
        }
        var named = deletion.byName(names, ids, twiceIds);
        deletion.byId(ids);
        named.forEach(deletion::delete);
        return new Decision<>(deletion.records, deletion.results);
    }

    private static <T> void once(Set<T> seen, Set<T> twice, T key) {
        if (twice.contains(key) || !seen.add(key)) {
            twice.add(key);
            seen.remove(key);
        }
    }

    private void byId(Set<Uuid> ids) {
        for (Uuid id : ids) {
            @Nullable TopicImage topic = image.topics().byId(id);
            if (topic == null) {
                refuse(null, id, Errors.UNKNOWN_TOPIC_ID, Errors.UNKNOWN_TOPIC_ID.message());
            } else {
                delete(topic);
            }
        }
    }

    /// Before anything is deleted: one whose id is in the request as well stays.
    ///
    /// @param ids loses those that are named as well
    /// @return who may go
    private List<TopicImage> byName(Set<String> names, Set<Uuid> ids, Set<Uuid> twiceIds) {
        var named = new ArrayList<TopicImage>();
        for (String name : names) {
            @Nullable TopicImage topic = image.topics().byName(name);
            if (topic == null) {
                refuse(
                        name,
                        Uuid.ZERO_UUID,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION.message());
            } else if (ids.remove(topic.id()) || twiceIds.contains(topic.id())) {
                refuse(
                        name,
                        topic.id(),
                        Errors.INVALID_REQUEST,
                        "The provided topic name maps to an ID that was already supplied.");
            } else {
                named.add(topic);
            }
        }
        return named;
    }

    private void delete(TopicImage topic) {
        records.add(
                new ApiMessageAndVersion(
                        new RemoveTopicRecord().setTopicId(topic.id()), (short) 0));
        results.add(new DeletableTopicResult().setName(topic.name()).setTopicId(topic.id()));
    }

    private void refuse(@Nullable String name, Uuid id, Errors error, String message) {
        results.add(
                new DeletableTopicResult()
                        .setName(name)
                        .setTopicId(id)
                        .setErrorCode(error.code())
                        .setErrorMessage(message));
    }
}
