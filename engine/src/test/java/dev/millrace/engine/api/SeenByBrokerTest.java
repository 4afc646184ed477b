package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.ConfigDecisions.Origin;
import dev.millrace.engine.metadata.CordonedDirectories;
import dev.millrace.engine.metadata.TestMetadata;
import java.util.List;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SeenByBrokerTest {
    private static final List<String> DIRECTORIES = List.of("/a", "/b");

    private final TestMetadata metadata = TestMetadata.withBrokers(2);
    private int version = -1;

    /// What the active controller would be asked.
    private <Q extends ApiMessage, R extends ApiMessage> Handler<Q, R> decided(
            ApiKeys api, R response) {
        return new Handler<>() {
            @Override
            public ApiKeys api() {
                return api;
            }

            @Override
            public Outcome<R> handle(RequestContext context, Q request) {
                version = context.version();
                return Outcome.reply(response);
            }
        };
    }

    private Message asked(int version, String broker, OpType operation, @Nullable String value) {
        var resource =
                new AlterConfigsResource()
                        .setResourceType(ConfigResource.Type.BROKER.id())
                        .setResourceName(broker);
        resource.configs()
                .add(
                        new IncrementalAlterConfigsRequestData.AlterableConfig()
                                .setName(CordonedDirectories.KEY)
                                .setConfigOperation(operation.id())
                                .setValue(value));
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().add(resource);
        Handler<IncrementalAlterConfigsRequestData, IncrementalAlterConfigsResponseData> handler =
                SeenByBroker.incremental(
                        decided(
                                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                                new IncrementalAlterConfigsResponseData()),
                        metadata::image,
                        1,
                        () -> DIRECTORIES);
        handler.handle(context(handler.api(), version), request);
        return resource;
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
                        decided(ApiKeys.ALTER_CONFIGS, new AlterConfigsResponseData()),
                        metadata::image,
                        1,
                        () -> DIRECTORIES);

        handler.handle(context(handler.api(), 0), request);

        assertThrows(InvalidRequestException.class, () -> BrokersVerdict.of(resource));
        assertEquals(ApiKeys.ALTER_CONFIGS.latestVersion(), version);
    }

    private static RequestContext context(ApiKeys api, int version) {
        return new RequestContext(
                api,
                (short) version,
                1,
                "client",
                new ClientConnection(
                        1,
                        "PLAINTEXT",
                        SecurityProtocol.PLAINTEXT,
                        "127.0.0.1",
                        "localhost",
                        9092,
                        KafkaPrincipal.ANONYMOUS));
    }
}
