package dev.millrace.dist.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LocationAwareLogger;

class LineLoggerTest {
    @ParameterizedTest
    @CsvSource({
        "trace,0",
        "debug,10",
        "INFO,20",
        " warn,30",
        "error,40",
        "off,2147483647",
        "loud,30"
    })
    void levels(String word, int least) {
        assertEquals(least, LineLogger.least(word));
    }

    @Test
    void oneLinePerEvent() {
        var time = LocalDateTime.of(2026, 1, 31, 12, 0, 0, 1_999_999);
        assertEquals(
                "2026-01-31T12:00:00.001 WARN Listener: the port is taken\n",
                LineLogger.line(time, Level.WARN, "Listener", "the port is taken", null));
    }

    @Test
    void aCauseIsWrittenBehindItsLine() {
        String text =
                LineLogger.line(
                        LocalDateTime.of(2026, 1, 31, 12, 0),
                        Level.ERROR,
                        "Log",
                        "broken",
                        new IllegalStateException("why"));
        assertTrue(text.startsWith("2026-01-31T12:00 ERROR Log: broken\n"), text);
        assertTrue(text.contains("java.lang.IllegalStateException: why\n\tat "), text);
    }

    /// Kafka formats every message for a location-aware logger before it asks whether anybody wants it.
    @Test
    void slf4jFindsIt() {
        Logger logger = LoggerFactory.getLogger("dev.millrace.Some");
        assertInstanceOf(LineLogger.class, logger);
        assertFalse(logger instanceof LocationAwareLogger);
        assertTrue(logger.isWarnEnabled());
        assertFalse(logger.isInfoEnabled());
    }
}
