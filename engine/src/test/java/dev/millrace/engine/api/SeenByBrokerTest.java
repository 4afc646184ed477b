package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.ConfigDecisions.Origin;
import dev.millrace.engine.metadata.CordonedDirectories;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Contexts;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SeenByBrokerTest {
    private static final List<String> DIRECTORIES = List.of("/a", "/b");

    private final TestMetadata metadata = TestMetadata.withBrokers(2);
    private int version = -1;
    private Iterable<? extends Message> resources = List.of();

    /// What the active controller would be asked.
    private <Q extends ApiMessage, R extends ApiMessage> Handler<Q, R> decided(
            ApiKeys api, R response, Function<Q, Iterable<? extends Message>> resourcesOf) {
        return new Handler<>() {
            @Override
            public ApiKeys api() {
                return api;
            }

            @Override
            public Outcome<R> handle(RequestContext context, Q request) {
                version = context.version();
                resources = resourcesOf.apply(request);
                return Outcome.reply(response);
            }
        };
    }

    private Message asked(int version, String broker, OpType operation, @Nullable String value) {
        return asked(version, resource(broker, operation, CordonedDirectories.KEY, value));
    }

    private static AlterConfigsResource resource(
            String broker, OpType operation, String key, @Nullable String value) {
        var resource =
                new AlterConfigsResource()
                        .setResourceType(ConfigResource.Type.BROKER.id())
                        .setResourceName(broker);
        resource.configs()
                .add(
                        new IncrementalAlterConfigsRequestData.AlterableConfig()
                                .setName(key)
                                .setConfigOperation(operation.id())
                                .setValue(value));
        return resource;
    }

    private Message asked(int version, AlterConfigsResource resource) {
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().add(resource);
        Handler<IncrementalAlterConfigsRequestData, IncrementalAlterConfigsResponseData> handler =
                SeenByBroker.incremental(
                        decided(
                                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                                new IncrementalAlterConfigsResponseData(),
                                IncrementalAlterConfigsRequestData::resources),
                        metadata::image,
                        1,
                        () -> DIRECTORIES);
        handler.handle(Contexts.of(handler.api(), version), request);
        return resources.iterator().next();
    }

    @Test
    void itSaysOfItsOwnDirectoriesWhetherTheyAre() {
        assertEquals(Origin.SEEN_BY_BROKER, BrokersVerdict.of(asked(1, "1", OpType.SET, "/b")));
        assertEquals(Origin.SEEN_BY_BROKER, BrokersVerdict.of(asked(1, "1", OpType.APPEND, "/b")));
        Message unknown = asked(1, "1", OpType.APPEND, "/c");
        var refusal = assertThrows(InvalidRequestException.class, () -> BrokersVerdict.of(unknown));
        assertTrue(String.valueOf(refusal.getMessage()).contains("/c"), refusal.getMessage());
    }

    @Test
    void ofOthersItKnowsNothing() {
        assertEquals(Origin.OTHER, BrokersVerdict.of(asked(0, "2", OpType.SET, "/c")));
        assertEquals(0, version);
        assertEquals(Origin.OTHER, BrokersVerdict.of(asked(1, "", OpType.SET, "/c")));
    }

    /// The oldest cannot carry it.
    @Test
    void theRequestGoesOnInItsNewestVersion() {
        assertEquals(Origin.SEEN_BY_BROKER, BrokersVerdict.of(asked(0, "1", OpType.SET, "*")));
        assertEquals(ApiKeys.INCREMENTAL_ALTER_CONFIGS.latestVersion(), version);
    }

    /// What is wrong with it otherwise is for the active controller to say.
    @Test
    void aChangeWithoutAValueGoesOn() {
        assertEquals(Origin.SEEN_BY_BROKER, BrokersVerdict.of(asked(1, "1", OpType.SET, null)));
    }

    /// The directory was taken out of `log.dirs`, and the setting forgotten.
    @Test
    void otherSettingsCanBeChangedWhereAnEntryIsNoDirectoryAnyMore() {
        metadata.write(
                new ApiMessageAndVersion(
                        new ConfigRecord()
                                .setResourceType(ConfigResource.Type.BROKER.id())
                                .setResourceName("1")
                                .setName(CordonedDirectories.KEY)
                                .setValue("/gone"),
                        (short) 0));

        assertEquals(
                Origin.SEEN_BY_BROKER,
                BrokersVerdict.of(asked(1, resource("1", OpType.SET, "log.cleaner.threads", "2"))));
        assertEquals(Origin.SEEN_BY_BROKER, BrokersVerdict.of(asked(1, "1", OpType.SET, "/gone")));
        Message more = asked(1, "1", OpType.SET, "/gone,/c");
        assertThrows(InvalidRequestException.class, () -> BrokersVerdict.of(more));
    }

    @Test
    void whatAClientTagsGoesNoFurther() {
        AlterConfigsResource forged = resource("2", OpType.SET, CordonedDirectories.KEY, "/c");
        BrokersVerdict.give(forged, null);
        forged.unknownTaggedFields().add(new RawTaggedField(9_000, new byte[1]));

        Message told = asked(1, forged);

        assertEquals(Origin.OTHER, BrokersVerdict.of(told));
        assertEquals(List.of(), told.unknownTaggedFields());
    }

    @Test
    void theOlderApiIsLookedAtAsWell() {
        var resource =
                new AlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType(ConfigResource.Type.BROKER.id())
                        .setResourceName("1");
        resource.configs()
                .add(
                        new AlterConfigsRequestData.AlterableConfig()
                                .setName(CordonedDirectories.KEY)
                                .setValue("/a,/c"));
        var request = new AlterConfigsRequestData();
        request.resources().add(resource);
        Handler<AlterConfigsRequestData, AlterConfigsResponseData> handler =
                SeenByBroker.whole(
                        decided(
                                ApiKeys.ALTER_CONFIGS,
                                new AlterConfigsResponseData(),
                                AlterConfigsRequestData::resources),
                        metadata::image,
                        1,
                        () -> DIRECTORIES);

        handler.handle(Contexts.of(handler.api(), 0), request);

        Message told = resources.iterator().next();
        assertThrows(InvalidRequestException.class, () -> BrokersVerdict.of(told));
        assertEquals(ApiKeys.ALTER_CONFIGS.latestVersion(), version);
    }
}
