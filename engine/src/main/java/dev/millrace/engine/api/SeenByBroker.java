package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ConfigDecisions;
import dev.millrace.engine.metadata.CordonedDirectories;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.jspecify.annotations.Nullable;

/// A change of settings that this broker was asked for. Where it is one of the broker's own, and only the broker can judge it, the broker
/// does so before the active controller decides, and tells it what it found ([BrokersVerdict]).
///
/// - a copy of the request goes on, without tagged fields of the client's, in a version that can carry ours
///
/// @param <T> one resource of the request
final class SeenByBroker<Q extends ApiMessage, R extends ApiMessage, T extends Message>
        implements Handler<Q, R> {
    private final Handler<Q, R> decided;
    private final Supplier<MetadataImage> image;
    private final int self;
    private final Supplier<List<String>> directories;
    private final Function<Q, Iterable<T>> resources;
    private final Function<T, ConfigResource> key;
    private final BiFunction<T, MetadataImage, @Nullable String> cordoned;
    private final UnaryOperator<Q> copy;

    /// @param cordoned what [CordonedDirectories#KEY] would be
    private SeenByBroker(
            Handler<Q, R> decided,
            Supplier<MetadataImage> image,
            int self,
            Supplier<List<String>> directories,
            Function<Q, Iterable<T>> resources,
            Function<T, ConfigResource> key,
            BiFunction<T, MetadataImage, @Nullable String> cordoned,
            UnaryOperator<Q> copy) {
        this.decided = decided;
        this.image = image;
        this.self = self;
        this.directories = directories;
        this.resources = resources;
        this.key = key;
        this.cordoned = cordoned;
        this.copy = copy;
    }

    /// @param directories this broker's, as configured
    static Handler<IncrementalAlterConfigsRequestData, IncrementalAlterConfigsResponseData>
            incremental(
                    Handler<IncrementalAlterConfigsRequestData, IncrementalAlterConfigsResponseData>
                            decided,
                    Supplier<MetadataImage> image,
                    int self,
                    Supplier<List<String>> directories) {
        return new SeenByBroker<>(
                decided,
                image,
                self,
                directories,
                IncrementalAlterConfigsRequestData::resources,
                IncrementalAlterConfigsHandler::key,
                (resource, now) ->
                        ConfigDecisions.after(
                                now.configs(),
                                IncrementalAlterConfigsHandler.key(resource),
                                IncrementalAlterConfigsHandler.changes(resource),
                                CordonedDirectories.KEY),
                IncrementalAlterConfigsRequestData::duplicate);
    }

    /// @param directories this broker's, as configured
    static Handler<AlterConfigsRequestData, AlterConfigsResponseData> whole(
            Handler<AlterConfigsRequestData, AlterConfigsResponseData> decided,
            Supplier<MetadataImage> image,
            int self,
            Supplier<List<String>> directories) {
        return new SeenByBroker<>(
                decided,
                image,
                self,
                directories,
                AlterConfigsRequestData::resources,
                AlterConfigsHandler::key,
                (resource, _) -> AlterConfigsHandler.values(resource).get(CordonedDirectories.KEY),
                AlterConfigsRequestData::duplicate);
    }

    @Override
    public ApiKeys api() {
        return decided.api();
    }

    @Override
    public Outcome<R> handle(RequestContext context, Q request) {
        var own = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(self));
        Q copied = copy.apply(request);
        boolean said = false;
        for (T resource : resources.apply(copied)) {
            if (key.apply(resource).equals(own)) {
                BrokersVerdict.give(resource, refusal(own, resource));
                said = true;
            }
        }
        return decided.handle(said ? context.inVersion(api().latestVersion()) : context, copied);
    }

    private @Nullable String refusal(ConfigResource own, T resource) {
        try {
            MetadataImage now = image.get();
            String value = cordoned.apply(resource, now);
            if (value != null) {
                String before = now.configs().of(own).getOrDefault(CordonedDirectories.KEY, "");
                CordonedDirectories.check(value, before, directories.get());
            }
            return null;
        } catch (ConfigException wrong) {
            return String.valueOf(wrong.getMessage());
        } catch (InvalidRequestException _) {
            return null; // the active controller says so, too
        }
    }
}
