package dev.millrace.engine.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Our answers beside those that Apache Kafka 4.4.0 gave to the same questions, field by field.
final class GoldenTest {
    private final Router router = GoldenFixture.router();

    static Stream<Golden> cases() throws IOException {
        return Golden.all().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answersAsKafkaDoes(Golden golden) throws MalformedRequest {
        var ids = new TreeMap<String, String>();
        for (var topic : GoldenFixture.image().topics().inNameOrder()) {
            ids.put(topic.name(), topic.id().toString());
        }
        for (short version : golden.versions()) {
            assertFalse(
                    golden.recorded(version).isMissingNode(), () -> "no recording of v" + version);
            ApiMessage response = ask(golden, version, golden.request(ids));
            JsonNode ours = golden.comparable(MessageJson.write(response, version), ids);
            var differences = new ArrayList<String>();
            compare("v" + version, golden.expected(version), ours, differences);
            assertEquals(List.of(), differences);
        }
    }

    private ApiMessage ask(Golden golden, short version, JsonNode json) throws MalformedRequest {
        ApiMessage request =
                MessageJson.read(golden.api().messageType.newRequest().getClass(), json, version);
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(golden.api().id)
                        .setRequestApiVersion(version);
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(header, golden.api().requestHeaderVersion(version))
                        .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, version).buffer();
        ByteBuffer frame =
                ByteBuffer.allocate(head.remaining() + body.remaining()).put(head).put(body).flip();
        var outcome = router.handle(router.decode(frame, GoldenFixture.CONNECTION));
        Object response = assertInstanceOf(Outcome.Reply.class, outcome).response();
        return assertInstanceOf(ApiMessage.class, response);
    }

    private static void compare(
            String at, JsonNode kafkas, JsonNode ours, List<String> differences) {
        if (kafkas.isContainerNode()
                && kafkas.getNodeType() == ours.getNodeType()
                && kafkas.size() == ours.size()) {
            for (int i = 0; kafkas.isArray() && i < kafkas.size(); i++) {
                compare(at + "[" + i + "]", kafkas.get(i), ours.get(i), differences);
            }
            for (var field : kafkas.properties()) {
                String name = field.getKey();
                compare(at + "." + name, field.getValue(), ours.path(name), differences);
            }
        } else if (!kafkas.toString().equals(ours.toString())) {
            differences.add("%s: Kafka's %s, ours %s".formatted(at, kafkas, ours));
        }
    }
}
