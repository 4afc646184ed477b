package dev.millrace.simulator.transaction;

import dev.millrace.simulator.workload.Brokers;
import dev.millrace.simulator.world.SimBroker;
import dev.millrace.simulator.world.SimWorld;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// Between the clients and the broker: every request takes its time, and some arrive long after their client has given up on them.
final class Network implements Brokers {
    private static final long USUAL_NS = 2_000_000;
    private static final long LATE_NS = 8_000_000_000L;
    private static final long TIMEOUT_NS = 3_000_000_000L;

    private final SimWorld world;
    private final SimBroker broker;
    private final Random random;
    private int latePercent;
    private long asked;
    private long late;

    Network(SimWorld world, SimBroker broker) {
        this.world = world;
        this.broker = broker;
        this.random = world.stream();
    }

    /// How many of a hundred requests are late, and how many answers are lost.
    void latePercent(int percent) {
        latePercent = percent;
    }

    long asked() {
        return asked;
    }

    long late() {
        return late;
    }

    @Override
    public void ask(
            ApiKeys api, int version, ApiMessage request, Consumer<@Nullable ApiMessage> done) {
        send(delay(latePercent), api, version, request, done);
    }

    @Override
    public void askInTime(
            ApiKeys api, int version, ApiMessage request, Consumer<@Nullable ApiMessage> done) {
        send(delay(0), api, version, request, done);
    }

    private void send(
            long delayNs,
            ApiKeys api,
            int version,
            ApiMessage request,
            Consumer<@Nullable ApiMessage> done) {
        asked++;
        var once = new Once(done);
        world.schedule(TIMEOUT_NS, () -> once.accept(null));
        world.schedule(
                delayNs,
                () -> broker.ask(api, (short) version, request, answer -> arrive(answer, once)));
    }

    private void arrive(@Nullable ApiMessage answer, Once once) {
        world.schedule(delay(latePercent), () -> once.accept(answer));
    }

    private long delay(int latePercent) {
        boolean isLate = random.nextInt(100) < latePercent;
        late += isLate ? 1 : 0;
        return isLate ? random.nextLong(LATE_NS) : 50_000 + random.nextLong(USUAL_NS);
    }

    private static final class Once implements Consumer<@Nullable ApiMessage> {
        private @Nullable Consumer<@Nullable ApiMessage> done;

        Once(Consumer<@Nullable ApiMessage> done) {
            this.done = done;
        }

        @Override
        public void accept(@Nullable ApiMessage answer) {
            Consumer<@Nullable ApiMessage> first = done;
            done = null;
            if (first != null) {
                first.accept(answer);
            }
        }
    }
}
