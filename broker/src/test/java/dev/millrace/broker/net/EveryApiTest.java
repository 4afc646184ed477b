package dev.millrace.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.wire.RandomFrames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Every API in every version over a socket: what the handler answers arrives as the bytes that Kafka's own classes write.
@Timeout(60)
final class EveryApiTest {
    private static final int ROUNDS = 5;

    @Test
    void answersAreWhatKafkaWrites() throws IOException, InterruptedException {
        var random = new Random(11);
        BlockingQueue<ByteBuffer> expected = new LinkedBlockingQueue<>();
        try (var broker =
                        AllApis.scripted((context, _) -> {
                            ApiMessage answer =
                                    AllApis.randomResponse(
                                            random, context.api(), context.version());
                            expected.add(
                                    MessageUtil.toByteBufferAccessor(answer, context.version())
                                            .buffer());
                            return answer;
                        });
                var client = broker.connect()) {
            var frames = new RandomFrames(12, ApiKeys.brokerApis(), "orders");
            for (RandomFrames.Target target : RandomFrames.targets(ApiKeys.brokerApis())) {
                for (int round = 0; round < ROUNDS; round++) {
                    ByteBuffer frame = frames.valid(target);
                    int correlationId = frame.getInt(4);
                    client.send(withLength(frame));
                    ByteBuffer answer = client.receive();
                    ByteBuffer header = header(target, correlationId);
                    ByteBuffer body = expected.take();
                    ByteBuffer whole = ByteBuffer.allocate(header.remaining() + body.remaining());
                    assertEquals(whole.put(header).put(body).flip(), answer, target::toString);
                }
            }
            assertTrue(broker.broken.isEmpty(), broker.broken::toString);
        }
    }

    private static ByteBuffer header(RandomFrames.Target target, int correlationId) {
        return MessageUtil.toByteBufferAccessor(
                        new ResponseHeaderData().setCorrelationId(correlationId),
                        target.api().responseHeaderVersion(target.version()))
                .buffer();
    }

    private static byte[] withLength(ByteBuffer frame) {
        return ByteBuffer.allocate(4 + frame.remaining())
                .putInt(frame.remaining())
                .put(frame)
                .array();
    }
}
