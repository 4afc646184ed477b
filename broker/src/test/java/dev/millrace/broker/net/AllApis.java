package dev.millrace.broker.net;

import dev.millrace.engine.api.Handler;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.wire.GoldenFixture;
import dev.millrace.engine.wire.RandomMessages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiFunction;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;

/// A listener that serves every API of a broker's listener in every version.
final class AllApis implements AutoCloseable {
    final Connections connections;
    final Listener listener;

    /// What our own code broke.
    final BlockingQueue<String> broken = new LinkedBlockingQueue<>();

    private AllApis(NetworkSettings settings, List<Handler<?, ?>> handlers) throws IOException {
        connections = new Connections(settings);
        listener =
                Listener.bind(
                        "PLAINTEXT",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        connections,
                        new Router(handlers, true),
                        e -> broken.add(String.valueOf(e.getMessage())));
        listener.start();
    }

    /// Every API answers what the script says.
    static AllApis scripted(BiFunction<RequestContext, ApiMessage, ApiMessage> script)
            throws IOException {
        List<Handler<?, ?>> handlers = new ArrayList<>();
        ApiKeys.brokerApis().forEach(api -> handlers.add(new Scripted(api, script)));
        return new AllApis(NetworkSettings.DEFAULTS, handlers);
    }

    /// The APIs that need no more than metadata are the real ones; the others answer what the script says.
    static AllApis real(
            NetworkSettings settings, BiFunction<RequestContext, ApiMessage, ApiMessage> script)
            throws IOException {
        Map<ApiKeys, Handler<?, ?>> handlers = new EnumMap<>(ApiKeys.class);
        ApiKeys.brokerApis().forEach(api -> handlers.put(api, new Scripted(api, script)));
        List<Handler<?, ?>> all = new ArrayList<>();
        GoldenFixture.handlers(() -> new Router(all, true).advertised())
                .forEach(handler -> handlers.put(handler.api(), handler));
        all.addAll(handlers.values());
        return new AllApis(settings, all);
    }

    /// A random answer that the API's schema allows in that version.
    static ApiMessage randomResponse(Random random, ApiKeys api, short version) {
        ByteBuffer bytes =
                new RandomMessages(random, "orders")
                        .encoded(api.messageType.responseSchemas()[version]);
        ApiMessage message = api.messageType.newResponse();
        message.read(new ByteBufferAccessor(bytes), version);
        return message;
    }

    private record Scripted(ApiKeys api, BiFunction<RequestContext, ApiMessage, ApiMessage> script)
            implements Handler<ApiMessage, ApiMessage> {
        @Override
        public Outcome<ApiMessage> handle(RequestContext context, ApiMessage request) {
            return Outcome.reply(script.apply(context, request));
        }
    }

    Wire connect() throws IOException {
        return new Wire(listener.address());
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            connections.stop(2_000);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
