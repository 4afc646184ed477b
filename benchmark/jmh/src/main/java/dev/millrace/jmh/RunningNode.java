package dev.millrace.jmh;

import dev.millrace.broker.host.Host;
import dev.millrace.broker.net.EncodedAnswer;
import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.Node;
import dev.millrace.engine.NodeSettings;
import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.replica.LogDirectory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// A whole broker without sockets and disks: the engine with the clock, threads and locks that it really has, on storage in memory.
/// Requests take the way that a connection takes: decode, handle, encode.
public final class RunningNode {
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "offsets.topic.num.partitions",
                    "1",
                    "offsets.topic.replication.factor",
                    "1",
                    "group.initial.rebalance.delay.ms",
                    "0");
    private static final Endpoint LISTENER =
            new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "localhost", 9092);
    private static final Endpoint CONTROLLER =
            new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 9093);
    private static final ClientConnection CLIENT =
            new ClientConnection(
                    1,
                    "PLAINTEXT",
                    SecurityProtocol.PLAINTEXT,
                    "127.0.0.1",
                    "localhost",
                    9092,
                    KafkaPrincipal.ANONYMOUS);

    private final Host host =
            new Host(broken -> {
                throw broken;
            });
    private final Thread quorum = new Thread(this::stepUntilStopped, "quorum");
    private final EncodedAnswer answer;
    private final Node node;
    private final Router router;
    private volatile boolean stopped;

    /// @param logs where the partitions lie; the metadata log lies in memory beside it
    public RunningNode(Storage logs) throws IOException {
        answer = new EncodedAnswer();
        node =
                Node.open(
                        new NodeSettings(
                                "q1Sh-9_ISia_zwGINzRvyQ",
                                1,
                                true,
                                true,
                                SETTINGS,
                                List.of(LISTENER),
                                null,
                                CONTROLLER.listener(),
                                CONTROLLER,
                                Map.of()),
                        host,
                        (_, _, _, _) ->
                                CompletableFuture.failedFuture(new IOException("nobody else")),
                        List.of(new LogDirectory(new Uuid(1, 1), "logs", logs)),
                        new LogDirectory(new Uuid(1, 2), "metadata", new MemoryStorage()),
                        () -> LockSupport.unpark(quorum));
        quorum.setDaemon(true);
        quorum.start();
        node.ready().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
        router = node.router();
    }

    private void stepUntilStopped() {
        while (!stopped) {
            long waitMs = node.step();
            if (waitMs > 0 && !stopped) {
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(waitMs));
            }
        }
    }

    public Host host() {
        return host;
    }

    public Router.Call decode(Frame frame) throws MalformedRequest {
        return router.decode(frame.again(), CLIENT);
    }

    public Outcome<? extends ApiMessage> handle(Router.Call call) {
        return router.handle(call);
    }

    /// The whole of a request that is answered at once: what the broker does between reading it and sending the answer.
    ///
    /// @return bytes of the answer
    public int serve(Frame frame) throws MalformedRequest, IOException {
        Router.Call call = decode(frame);
        return encode(call, reply(handle(call)));
    }

    public int encode(Router.Call call, ApiMessage message) throws IOException {
        return answer.encode(call.context(), message);
    }

    /// The answer, waited for where it is parked.
    public ApiMessage ask(ApiKeys api, ApiMessage request) throws MalformedRequest {
        Outcome<? extends ApiMessage> outcome = handle(decode(new Frame(api, request)));
        while (outcome instanceof Outcome.Parked<? extends ApiMessage> parked) {
            parked.signal().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
            outcome = parked.resume().get();
        }
        return reply(outcome);
    }

    public static ApiMessage reply(Outcome<? extends ApiMessage> outcome) {
        if (outcome instanceof Outcome.Reply<? extends ApiMessage>(var message)) {
            return message;
        }
        throw new IllegalStateException("not answered at once: " + outcome);
    }

    /// Creates a topic that flushes as the system likes, so that nothing waits for a disk that is not there.
    public Uuid createTopic(String name, int partitions) throws MalformedRequest {
        var topic =
                new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) 1);
        topic.configs()
                .add(
                        new CreateTopicsRequestData.CreatableTopicConfig()
                                .setName("millrace.flush")
                                .setValue("os"));
        var request = new CreateTopicsRequestData().setTimeoutMs(30_000);
        request.topics().add(topic);
        var made =
                ((CreateTopicsResponseData) ask(ApiKeys.CREATE_TOPICS, request))
                        .topics()
                        .find(name);
        if (made == null || made.errorCode() != 0) {
            throw new IllegalStateException("the topic " + name + " was not created: " + made);
        }
        return made.topicId();
    }

    public void stop() throws IOException, InterruptedException {
        stopped = true;
        LockSupport.unpark(quorum);
        quorum.join();
        node.close();
        host.stop(1_000);
        answer.close();
    }
}
