package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// That Kafka's own published tests can be run against the broker: the few of `lists/smoke.txt`, by the command that runs
/// them all (`compat/kafka-tests --list a-core`).
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason =
                "deletes all that is on a running broker: run compat/kafka-tests --bootstrap yourself")
class PublishedTestsTest {
    @Test
    void theSmokeListPasses(@TempDir Path temp) {
        Command.Result result =
                Command.of(Repository.COMPAT.resolve("kafka-tests").toString())
                        .with("--broker-cmd", String.join(" ", BrokerUnderTest.command()))
                        .with(
                                "--topology",
                                "combined",
                                "--list",
                                "smoke",
                                "--out",
                                temp.resolve("smoke.tsv").toString())
                        .run()
                        .succeeded();
        assertTrue(result.out().contains("failed 0, aborted 0"), result.toString());
    }
}
