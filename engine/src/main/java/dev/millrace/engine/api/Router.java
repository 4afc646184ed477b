package dev.millrace.engine.api;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.jspecify.annotations.Nullable;

/// The one list of APIs: dispatches requests to their handlers, and says which versions are served.
///
/// **Owner.** Immutable; any thread.
public final class Router {
    private final @Nullable Handler<?, ?>[] byKey = new Handler<?, ?>[keySpace()];
    private final boolean unstableVersions;
    private final ListenerType listener;

    /// Of a listener for clients.
    ///
    /// @param unstableVersions serve the versions that Kafka marks as unstable (`unstable.api.versions.enable`)
    public Router(List<Handler<?, ?>> handlers, boolean unstableVersions) {
        this(handlers, unstableVersions, ListenerType.BROKER);
    }

    /// @param listener the kind of listener whose requests come here
    Router(List<Handler<?, ?>> handlers, boolean unstableVersions, ListenerType listener) {
        this.unstableVersions = unstableVersions;
        this.listener = listener;
        for (Handler<?, ?> handler : handlers) {
            int key = handler.api().id;
            if (byKey[key] != null) {
                throw new IllegalArgumentException("two handlers for " + handler.api());
            }
            byKey[key] = handler;
        }
    }

    private static int keySpace() {
        int highest = 0;
        for (ApiKeys api : ApiKeys.values()) {
            highest = Math.max(highest, api.id);
        }
        return highest + 1;
    }

    /// A request that has been read whole. Byte buffers and records in `message` are views of the frame: they are valid until
    /// the frame's buffer is used again, which is after [#handle] has returned, and not [Outcome.Blocked].
    ///
    /// @param handler null when the answer is known without one: ApiVersions in a version that we do not know
    public record Call(
            RequestContext context, @Nullable Handler<?, ?> handler, ApiMessage message) {}

    /// Reads a request.
    ///
    /// @param frame from the API key on, without the length; consumed
    public Call decode(ByteBuffer frame, ClientConnection connection) throws MalformedRequest {
        if (frame.remaining() < 8) {
            throw new MalformedRequest("a frame of %d bytes".formatted(frame.remaining()));
        }
        short key = frame.getShort(frame.position());
        short version = frame.getShort(frame.position() + 2);
        Handler<?, ?> handler = 0 <= key && key < byKey.length ? byKey[key] : null;
        if (handler == null) {
            throw new MalformedRequest("API key %d, which is not served".formatted(key));
        }
        ApiKeys api = handler.api();
        if (!api.isVersionEnabled(version, unstableVersions) && api != ApiKeys.API_VERSIONS) {
            throw new MalformedRequest(
                    "%s version %d, which is not served".formatted(api.name, version));
        }
        try {
            return read(frame, connection, handler, version);
        } catch (RuntimeException e) {
            // The generated readers report wrong lengths and types with whatever exception is at
            // hand.
            throw new MalformedRequest(
                    "%s version %d that cannot be read (%s)"
                            .formatted(
                                    api.name,
                                    version,
                                    e instanceof BufferUnderflowException
                                            ? "too short"
                                            : e.getMessage()),
                    e);
        }
    }

    /// About how many bytes of heap a request needs from here to its answer, at worst; found without reading it into objects.
    /// 0 for what [#decode] refuses at once, and for what is small whatever it asks.
    ///
    /// @param frame from the API key on, without the length; not consumed
    public long heapCost(ByteBuffer frame) {
        if (frame.remaining() < 8) {
            return 0;
        }
        short key = frame.getShort(frame.position());
        short version = frame.getShort(frame.position() + 2);
        Handler<?, ?> handler = 0 <= key && key < byKey.length ? byKey[key] : null;
        return handler == null || !handler.api().isVersionEnabled(version, unstableVersions)
                ? 0
                : HeapCost.of(handler.api(), version, frame);
    }

    private Call read(
            ByteBuffer frame, ClientConnection connection, Handler<?, ?> handler, short version)
            throws MalformedRequest {
        ApiKeys api = handler.api();
        var in = new ByteBufferAccessor(frame);
        var header = new RequestHeaderData(in, api.requestHeaderVersion(version));
        // (The library calls every version of ApiVersions enabled.)
        if (!api.isVersionSupported(version)) {
            // Answered in version 0, so that any client can read which versions there are
            // (KIP-511).
            var context =
                    new RequestContext(
                            api, (short) 0, header.correlationId(), header.clientId(), connection);
            return new Call(context, null, unsupportedApiVersions());
        }
        KeyedArrays.examine(api, version, frame);
        ApiMessage message = api.messageType.newRequest();
        message.read(in, version);
        if (frame.hasRemaining()) {
            throw new MalformedRequest(
                    "%s version %d with %d bytes too many"
                            .formatted(api.name, version, frame.remaining()));
        }
        return new Call(
                new RequestContext(
                        api, version, header.correlationId(), header.clientId(), connection),
                handler,
                message);
    }

    /// A request of this node's own, which comes by no connection.
    ///
    /// @throws IllegalArgumentException when the API is not served here
    public Call call(RequestContext context, ApiMessage message) {
        Handler<?, ?> handler = byKey[context.api().id];
        if (handler == null) {
            throw new IllegalArgumentException(context.api() + " is not served");
        }
        return new Call(context, handler, message);
    }

    /// Runs the handler on the caller's thread. An exception from it is a bug of ours: the host logs it and answers with
    /// [#failure].
    public Outcome<? extends ApiMessage> handle(Call call) {
        Handler<?, ?> handler = call.handler();
        return handler == null
                ? Outcome.reply(call.message())
                : handle(handler, call.context(), call.message());
    }

    @SuppressWarnings("unchecked") // the message was made by the handler's own API
    private static <Q extends ApiMessage, R extends ApiMessage> Outcome<R> handle(
            Handler<Q, R> handler, RequestContext context, ApiMessage message) {
        return handler.handle(context, (Q) message);
    }

    /// The answer to a request whose handler failed: Kafka's own shape of the error for that API.
    ///
    /// @return null when the API has no room for an error (produce with acks=0): close the connection
    public static @Nullable ApiMessage failure(Call call, Errors error) {
        short version = call.context().version();
        if (call.message() instanceof DeleteTopicsRequestData asked) {
            return DeletedTopics.answer(DeletedTopics.refused(asked, error, null));
        }
        ByteBuffer copy = MessageUtil.toByteBufferAccessor(call.message(), version).buffer();
        AbstractRequest request =
                AbstractRequest.parseRequest(
                                call.context().api(), version, new ByteBufferAccessor(copy))
                        .request;
        var response = request.getErrorResponse(error.exception());
        return response == null ? null : response.data();
    }

    /// The APIs and versions served, in the order of their keys.
    public ApiVersionCollection advertised() {
        var versions = new ApiVersionCollection();
        for (Handler<?, ?> handler : byKey) {
            if (handler != null) {
                // As Kafka does: Produce is listed from version 0, because librdkafka looks there
                // for its features.
                handler.api()
                        .toApiVersionForApiResponse(unstableVersions, listener)
                        .ifPresent(versions::add);
            }
        }
        return versions;
    }

    private static ApiVersionsResponseData unsupportedApiVersions() {
        var versions = new ApiVersionCollection();
        versions.add(
                new ApiVersion()
                        .setApiKey(ApiKeys.API_VERSIONS.id)
                        .setMinVersion(ApiKeys.API_VERSIONS.oldestVersion())
                        .setMaxVersion(ApiKeys.API_VERSIONS.latestVersion()));
        return new ApiVersionsResponseData()
                .setErrorCode(Errors.UNSUPPORTED_VERSION.code())
                .setApiKeys(versions);
    }
}
