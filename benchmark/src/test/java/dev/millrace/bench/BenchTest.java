package dev.millrace.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.bench.peer.Dialect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--write --only start",
                "--quick --full",
                "--pairs -1",
                "--pairs many",
                "--suite nosuchsuite",
                "--only nosuchrow",
                "--nosuchoption"
            })
    void refusesWhatItCannotDoBeforeAnythingRuns(String options) {
        assertEquals(2, Bench.command().execute(options.split(" ", -1)));
    }

    @Test
    void whoeverIsStartedByMillracesLauncherSpeaksItsDialect() {
        assertEquals(
                Dialect.MILLRACE, Bench.dialect("kafka", "/old/millrace up --config {config}"));
        assertEquals(Dialect.MILLRACE, Bench.dialect("millrace", "run.sh"));
        assertEquals(Dialect.KAFKA, Bench.dialect("other", "/opt/millrace/run.sh {config}"));
    }
}
