package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Three brokers are restarted one after the other under load, as an operator does it: stop in good order, start, wait for `/ready` and
/// for every replica to be in sync. The application, whose clients have their default settings, hears of nothing.
///
/// `-Dcompat.rolls=N` (default 1): how often all three. Prints the longest time between two acknowledgements in each restart.
@EnabledIfSystemProperty(named = "compat.cluster", matches = "true")
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "stops brokers: it needs its own")
class RollingRestartTest {
    private static final int ROLLS = Integer.getInteger("compat.rolls", 1);
    private static final int PARTITIONS = 3;
    private static final String TOPIC = "rolled";

    @Test
    void noClientHearsOfARollingRestart() {
        try (ThreeBrokers brokers = ThreeBrokers.start("rolled-broker", Map.of())) {
            brokers.create(TOPIC, PARTITIONS);
            JavaLoad load = JavaLoad.start(brokers.bootstrap(), TOPIC, Map.of());
            BrokerLossTest.awaitMore(load, 500);
            brokers.awaitWell(1); // the group's topic is there by now, too
            load.forgetGap();
            List<Long> gaps = new ArrayList<>();
            for (int step = 0; step < ROLLS * 3; step++) {
                int id = 1 + step % 3;
                brokers.broker(id).stop();
                BrokerLossTest.awaitMore(load, 200);
                brokers.broker(id).start();
                brokers.awaitWell(id);
                BrokerLossTest.awaitMore(load, 200);
                gaps.add(load.forgetGap());
            }
            ClientLoad.Outcome outcome = load.finish();
            System.out.printf(
                    "RollingRestartTest: %s acknowledged, %d read again, longest gap of each restart: %s ms%n",
                    outcome.acknowledged(), outcome.again(), gaps);
            assertEquals(List.of(), outcome.errors());
            assertEquals(outcome.acknowledged(), outcome.read());
            AcknowledgedRecords log =
                    AcknowledgedRecords.read(brokers.bootstrap(), TOPIC, PARTITIONS);
            for (int partition = 0; partition < PARTITIONS; partition++) {
                log.checkOnceAndInOrder(
                        partition, load.name(), outcome.acknowledged().get(partition));
            }
        }
    }
}
