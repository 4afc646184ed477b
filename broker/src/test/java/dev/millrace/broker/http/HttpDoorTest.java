package dev.millrace.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.HttpAddress;
import dev.millrace.broker.config.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The door with a site that says what it was asked.
@Timeout(60)
final class HttpDoorTest {
    private final AtomicInteger sites = new AtomicInteger();
    private HttpDoor door;

    HttpDoorTest() throws Exception {
        door = HttpDoor.bind(address("localhost:0"));
    }

    private static HttpAddress address(String value) throws Exception {
        var given = Settings.of(Map.of(HttpAddress.KEY, value));
        return Objects.requireNonNull(BrokerConfig.from(given, new ArrayList<>()).http());
    }

    @BeforeEach
    void open() {
        door.open(() -> {
            sites.incrementAndGet();
            return HttpDoorTest::answer;
        });
    }

    private static Answer answer(String path) {
        if (path.equals("/broken")) {
            throw new IllegalStateException("broken on purpose");
        }
        return new Answer(path.equals("/gone") ? 404 : 200, Answer.TEXT, "this is " + path);
    }

    @AfterEach
    void close() throws Exception {
        door.close();
    }

    private HttpResponse<String> ask(String method, String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(URI.create("http://" + door.address() + path))
                            .method(method, HttpRequest.BodyPublishers.noBody())
                            .build();
            return client.send(request, BodyHandlers.ofString());
        }
    }

    /// Sends bytes as they are.
    ///
    /// @return all that comes back until the door closes the connection
    private String raw(String request) throws IOException {
        try (var socket = new Socket("localhost", door.address().port())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void theFirstConnectionIsServedLikeAnyOther() throws Exception {
        assertEquals(0, sites.get(), "nothing is made before somebody asks");
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> response = ask("GET", "/a%2Fb?c=d");
            assertEquals(200, response.statusCode());
            assertEquals("this is /a%2Fb", response.body());
            assertEquals(Answer.TEXT, response.headers().firstValue("content-type").orElse(""));
        }
        assertEquals(1, sites.get());
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, 200, this is /",
        "GET, /gone, 404, this is /gone",
        "HEAD, /, 200, ",
        "POST, /, 405, Only GET and HEAD are answered here.",
        "DELETE, /, 405, Only GET and HEAD are answered here.",
        "PATCH, /, 405, Only GET and HEAD are answered here.",
        "GET, /broken, 500, This failed; the broker's log says why."
    })
    void everyRequestGetsItsStatus(String method, String path, int status, String body)
            throws Exception {
        HttpResponse<String> response = ask(method, path);
        assertEquals(status, response.statusCode());
        assertEquals(body == null ? "" : body, response.body().strip());
        assertEquals(
                status == 405 ? "GET, HEAD" : "",
                response.headers().firstValue("allow").orElse(""));
        assertEquals(200, ask("GET", "/").statusCode(), "and the next is answered");
    }

    @Test
    void badRequestsAreRefusedAndBounded() throws Exception {
        String host = "Host: localhost\r\n";
        String long20k = "x".repeat(20_000);
        assertStatus(400, "nonsense\r\n\r\n");
        assertStatus(400, "GET / HTTP/1.1\r\nno colon here\r\n\r\n");
        assertStatus(400, "GET / HTTP/1.1\r\n\r\n");
        assertStatus(414, "GET /" + long20k + " HTTP/1.1\r\n" + host + "\r\n");
        assertStatus(400, "GET / HTTP/1.1\r\n" + host + "Long: " + long20k + "\r\n\r\n");
        assertStatus(
                413, "POST / HTTP/1.1\r\n" + host + "Content-Length: 10000000\r\n\r\n" + long20k);
        assertEquals(200, ask("GET", "/").statusCode());
    }

    private void assertStatus(int status, String request) throws IOException {
        String answer = raw(request);
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    }

    @Test
    void aConnectionThatCannotBeginIsNotTheLast() throws Exception {
        door.close();
        door = HttpDoor.bind(address("127.0.0.1:0"));
        var left = new AtomicInteger(1);
        door.open(
                () -> HttpDoorTest::answer,
                work -> {
                    if (left.getAndDecrement() > 0) {
                        throw new OutOfMemoryError("no threads, on purpose");
                    }
                    return Thread.ofVirtual().unstarted(work);
                });
        try (var lost = new Socket(InetAddress.getLoopbackAddress(), door.address().port())) {
            assertEquals(-1, lost.getInputStream().read());
        }
        assertEquals(200, ask("GET", "/").statusCode());
    }

    @Test
    void whoComesLastAlwaysGetsIn() throws Exception {
        var idle = new ArrayList<Socket>();
        for (int i = 0; i < 2 * HttpDoor.MOST_CONNECTIONS; i++) {
            idle.add(new Socket("localhost", door.address().port()));
        }
        assertEquals(200, ask("GET", "/").statusCode());
        assertEquals(-1, idle.getFirst().getInputStream().read(), "the oldest had to go");
        for (Socket socket : idle) {
            socket.close();
        }
    }

    @Test
    void aClosedDoorGivesThePortBack() throws Exception {
        HttpAddress address = door.address();
        assertEquals(200, ask("GET", "/").statusCode());
        door.close();
        assertThrows(IOException.class, () -> new Socket("localhost", address.port()).close());
        HttpDoor.bind(address).close();
    }
}
