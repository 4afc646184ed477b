package dev.millrace.engine.api;

import dev.millrace.engine.metadata.MetadataImage;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// ListConfigResources 0-1: which resources can have settings (KIP-1142); v0 lists client metrics subscriptions (KIP-1000).
///
/// - topics and brokers are listed whether or not something is set on them; groups and subscriptions when something is
public final class ListConfigResourcesHandler
        implements Handler<ListConfigResourcesRequestData, ListConfigResourcesResponseData> {
    private static final Set<ConfigResource.Type> LISTED =
            EnumSet.of(
                    ConfigResource.Type.TOPIC,
                    ConfigResource.Type.BROKER,
                    ConfigResource.Type.BROKER_LOGGER,
                    ConfigResource.Type.CLIENT_METRICS,
                    ConfigResource.Type.GROUP);

    private final Supplier<MetadataImage> image;

    public ListConfigResourcesHandler(Supplier<MetadataImage> image) {
        this.image = image;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_CONFIG_RESOURCES;
    }

    @Override
    public Outcome<ListConfigResourcesResponseData> handle(
            RequestContext context, ListConfigResourcesRequestData request) {
        Set<ConfigResource.Type> types = EnumSet.noneOf(ConfigResource.Type.class);
        if (context.version() == 0) {
            types.add(ConfigResource.Type.CLIENT_METRICS);
        } else if (request.resourceTypes().isEmpty()) {
            types.addAll(LISTED);
        }
        for (byte code : request.resourceTypes()) {
            var type = ConfigResource.Type.forId(code);
            if (!LISTED.contains(type)) {
                return Outcome.reply(
                        new ListConfigResourcesResponseData()
                                .setErrorCode(Errors.UNSUPPORTED_VERSION.code()));
            }
            types.add(type);
        }
        var response = new ListConfigResourcesResponseData();
        MetadataImage now = image.get();
        types.forEach(type -> list(now, type, response));
        return Outcome.reply(response);
    }

    private static void list(
            MetadataImage now, ConfigResource.Type type, ListConfigResourcesResponseData response) {
        switch (type) {
            case TOPIC -> now.topics().inNameOrder().forEach(t -> add(response, type, t.name()));
            case BROKER, BROKER_LOGGER ->
                    now.cluster()
                            .brokers()
                            .keySet()
                            .forEach(id -> add(response, type, Integer.toString(id)));
            default -> {
                for (ConfigResource resource : now.configs().resources()) {
                    if (resource.type() == type) {
                        add(response, type, resource.name());
                    }
                }
            }
        }
    }

    private static void add(
            ListConfigResourcesResponseData response, ConfigResource.Type type, String name) {
        response.configResources()
                .add(
                        new ListConfigResourcesResponseData.ConfigResource()
                                .setResourceType(type.id())
                                .setResourceName(name));
    }
}
