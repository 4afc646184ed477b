package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.junit.jupiter.api.Test;

class OffsetCommitHandlerTest {
    @Test
    void theSameRequestForOtherTopicsKeepsEveryOtherField() {
        var asked =
                new OffsetCommitRequestData()
                        .setGroupId("group")
                        .setGenerationIdOrMemberEpoch(7)
                        .setMemberId("member")
                        .setGroupInstanceId("instance")
                        .setRetentionTimeMs(99)
                        .setTopics(List.of(new OffsetCommitRequestTopic().setName("asked")));
        var known = List.of(new OffsetCommitRequestTopic().setName("known"));

        assertEquals(
                asked.duplicate().setTopics(known),
                new CommittedTopics(false, known, new OffsetCommitResponseData()).only(asked));
    }

    /// A client library with another field would have it forgotten here.
    @Test
    void theRequestHasNoOtherFields() {
        var names = new TreeSet<String>();
        for (var schema : OffsetCommitRequestData.SCHEMAS) {
            if (schema != null) {
                Arrays.stream(schema.fields()).forEach(field -> names.add(field.def.name));
            }
        }
        assertEquals(
                Set.of(
                        "_tagged_fields",
                        "generation_id_or_member_epoch",
                        "group_id",
                        "group_instance_id",
                        "member_id",
                        "retention_time_ms",
                        "topics"),
                names);
    }
}
