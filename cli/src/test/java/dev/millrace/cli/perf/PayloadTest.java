package dev.millrace.cli.perf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PayloadTest {
    @Test
    void aSeedGivesTheSameBytesAgain() {
        var one = Payload.random(100, 0.25, 7).another();
        var two = Payload.random(100, 0.25, 7).another();
        byte[] first = one.next().clone();
        assertArrayEquals(first, two.next());
        byte[] second = one.next();
        assertFalse(Arrays.equals(first, second), "every value is another");
        assertArrayEquals(new byte[25], Arrays.copyOfRange(second, 75, 100));
    }

    @Test
    void everyProducerHasBytesOfItsOwn() {
        var payload = Payload.random(100, 0, 7);
        assertFalse(Arrays.equals(payload.another().next(), payload.another().next()));
    }

    @Test
    void linesComeInTurn(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("lines"), "a\nlonger\nb");
        var payload = Payload.lines(file.toString());
        var values = new ArrayList<String>();
        for (int i = 0; i < 4; i++) {
            values.add(new String(payload.next(), StandardCharsets.UTF_8));
        }
        assertEquals(List.of("a", "longer", "b", "a"), values);
        assertEquals(6, payload.maxSize());
    }
}
