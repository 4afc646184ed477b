package dev.millrace.broker.http;

import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.context.Context;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// HTTP/1.1 on connections that somebody else accepts: Helidon's protocol and routing without its own listener, whose socket
/// could not be taken before it is loaded and would not outlive a failed `accept`.
///
/// **Owner.** Any thread may serve a connection; what is here does not change.
final class HelidonConnections implements ListenerContext {
    private static final Logger LOG = LoggerFactory.getLogger(HelidonConnections.class);

    /// A client that says nothing for so long is gone. Longer than the intervals at which Prometheus comes by.
    private static final int SILENCE_MS = 120_000;

    /// After the last answer, so long for the client to end what it was saying.
    private static final int PARTING_MS = 1_000;

    /// No path takes a body.
    private static final long MAX_BODY_BYTES = 16 << 10;

    /// Answers are computed one after the other by the few who ask; more at once are told to come again.
    private static final int MOST_AT_ONCE = 16;

    private static final HeaderName NODE = HeaderNames.create("Millrace-Node");
    private static final Header ALLOW = HeaderValues.create(HeaderNames.ALLOW, "GET, HEAD");

    private final Site site;
    private final Context context = Context.create();
    private final MediaContext media = MediaContext.create();
    private final ContentEncodingContext encodings = ContentEncodingContext.create();
    private final DirectHandlers errors = DirectHandlers.create();
    private final ListenerConfig config =
            ListenerConfig.builder().maxPayloadSize(MAX_BODY_BYTES).build();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Limit limit = FixedLimit.builder().permits(MOST_AT_ONCE).build();
    private final Http1ConnectionSelector http =
            Http1ConnectionSelector.builder().config(Http1Config.create()).build();
    private final Router router;

    HelidonConnections(Site site) {
        this.site = site;
        this.router =
                Router.builder()
                        .addRouting(
                                HttpRouting.builder()
                                        .any(this::answer)
                                        .error(RuntimeException.class, HelidonConnections::failed))
                        .build();
        limit.init("http");
    }

    Router router() {
        return router;
    }

    /// Answers requests until the client is gone.
    void serve(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.socket().setSoTimeout(SILENCE_MS);
        var connection = new HelidonConnection(channel, this);
        try {
            http.connection(connection).handle(limit);
        } catch (CloseConnectionException e) {
            LOG.debug("An HTTP client is gone", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        hearOut(channel);
    }

    /// A socket that is closed with unread bytes resets the connection, and the client may lose the answer that told it why.
    private static void hearOut(SocketChannel channel) throws IOException {
        channel.shutdownOutput();
        channel.socket().setSoTimeout(PARTING_MS);
        InputStream rest = channel.socket().getInputStream();
        byte[] unread = new byte[8 << 10];
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PARTING_MS);
        while (rest.read(unread) >= 0 && System.nanoTime() < endNs) {
            // not wanted
        }
    }

    private void answer(ServerRequest request, ServerResponse response) {
        Method method = request.prologue().method();
        if (!method.equals(Method.GET) && !method.equals(Method.HEAD)) {
            response.header(ALLOW);
            send(response, new Answer(405, Answer.TEXT, "Only GET and HEAD are answered here.\n"));
            return;
        }
        Answer answer = site.get(request.prologue().uriPath().rawPath());
        String node = site.node();
        if (node != null) {
            response.header(HeaderValues.create(NODE, node));
        }
        send(response, answer);
    }

    private static void failed(
            ServerRequest request, ServerResponse response, RuntimeException cause) {
        LOG.warn("GET {} has failed", request.prologue().uriPath().rawPath(), cause);
        send(response, new Answer(500, Answer.TEXT, "This failed; the broker's log says why.\n"));
    }

    private static void send(ServerResponse response, Answer answer) {
        response.status(Status.create(answer.status()));
        response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, answer.contentType()));
        response.send(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Context context() {
        return context;
    }

    @Override
    public MediaContext mediaContext() {
        return media;
    }

    @Override
    public ContentEncodingContext contentEncodingContext() {
        return encodings;
    }

    @Override
    public DirectHandlers directHandlers() {
        return errors;
    }

    @Override
    public ListenerConfig config() {
        return config;
    }

    @Override
    public ExecutorService executor() {
        return executor;
    }
}
