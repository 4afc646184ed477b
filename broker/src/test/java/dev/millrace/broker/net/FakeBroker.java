package dev.millrace.broker.net;

import dev.millrace.engine.api.Handler;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.api.Router;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiFunction;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/// A listener on a free port whose handlers a test scripts.
final class FakeBroker implements AutoCloseable {
    final Connections connections;
    final Listener listener;
    final BlockingQueue<String> broken = new LinkedBlockingQueue<>();

    BiFunction<RequestContext, ProduceRequestData, Outcome<ProduceResponseData>> produce =
            (_, _) -> Outcome.reply(new ProduceResponseData());
    BiFunction<RequestContext, FetchRequestData, Outcome<FetchResponseData>> fetch =
            (_, _) -> Outcome.reply(new FetchResponseData());
    BiFunction<RequestContext, MetadataRequestData, Outcome<MetadataResponseData>> metadata =
            (_, _) -> Outcome.reply(new MetadataResponseData());

    /// With small buffers of the system's, so that a peer that does not read is noticed soon.
    static NetworkSettings settings(int maxFrameBytes, int pipelined) {
        var d = NetworkSettings.DEFAULTS;
        return new NetworkSettings(
                maxFrameBytes,
                d.requestMemoryBytes(),
                d.connections(),
                d.idleMs(),
                d.firstFrameMs(),
                d.stalledFrameMs(),
                d.wholeFrameMs(),
                pipelined,
                d.backlog(),
                16 << 10,
                16 << 10);
    }

    FakeBroker() throws IOException {
        this(NetworkSettings.DEFAULTS);
    }

    FakeBroker(NetworkSettings settings) throws IOException {
        this(settings, ConnectionThreads.forThisMachine());
    }

    FakeBroker(NetworkSettings settings, ConnectionThreads threads) throws IOException {
        this(new Connections(settings, threads));
    }

    FakeBroker(Connections connections) throws IOException {
        this.connections = connections;
        List<Handler<?, ?>> handlers =
                List.of(
                        new Scripted<ApiVersionsRequestData, ApiVersionsResponseData>(
                                ApiKeys.API_VERSIONS,
                                (_, _) -> Outcome.reply(new ApiVersionsResponseData())),
                        new Scripted<ProduceRequestData, ProduceResponseData>(
                                ApiKeys.PRODUCE, (c, q) -> produce.apply(c, q)),
                        new Scripted<FetchRequestData, FetchResponseData>(
                                ApiKeys.FETCH, (c, q) -> fetch.apply(c, q)),
                        new Scripted<MetadataRequestData, MetadataResponseData>(
                                ApiKeys.METADATA, (c, q) -> metadata.apply(c, q)));
        listener =
                Listener.bind(
                        "PLAINTEXT",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        connections,
                        new Router(handlers, false),
                        e -> broken.add(String.valueOf(e.getMessage())));
        listener.start();
    }

    private record Scripted<Q extends ApiMessage, R extends ApiMessage>(
            ApiKeys api, BiFunction<RequestContext, Q, Outcome<R>> script)
            implements Handler<Q, R> {
        @Override
        public Outcome<R> handle(RequestContext context, Q request) {
            return script.apply(context, request);
        }
    }

    void awaitConnections(int count) throws InterruptedException {
        synchronized (connections) {
            while (connections.count() != count) {
                connections.wait();
            }
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
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
