package dev.millrace.engine.coordinator.group;

import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Endpoint;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One thread of a simulated streams application, that behaves as Kafka's does: a state machine of what it waits for.
final class StreamsInstance {
    /// What it is part of.
    interface Around {
        CompletionStage<StreamsHeartbeat> beat(StreamsGroupHeartbeatRequestData request);

        /// Comes to be sent some other time, or never.
        void later(Supplier<? extends CompletionStage<?>> request);

        /// Commits for a task what is next, as that member at that epoch.
        Supplier<CompletionStage<Errors>> commit(String memberId, int epoch, String task);

        void check(boolean holds, String rule);

        void log(String what);

        /// No faults any more, and nobody changes its mind.
        boolean isPeace();
    }

    private final Random random;
    private final Around around;
    private final int number;
    final @Nullable String instanceId;
    boolean running;
    boolean joined;
    String memberId = "";
    private int starts;
    private int epoch;

    /// What it works on now. It stops what was taken from it some time after it hears of that.
    final SortedSet<String> holds = new TreeSet<>();

    SortedSet<String> assigned = new TreeSet<>();

    /// It works on something that does not end, and stops nothing until it has lost everything.
    private boolean stuck;

    /// An answer got lost that may have brought tasks: as in Kafka nobody tells it those again.
    private boolean inDoubt;

    /// What it last said that it has; null when that may not have been heard.
    private @Nullable String told;

    /// How often it was given something.
    int handovers;

    private @Nullable Supplier<@Nullable Runnable> waiting;

    StreamsInstance(Random random, Around around, int number, @Nullable String instanceId) {
        this.random = random;
        this.around = around;
        this.number = number;
        this.instanceId = instanceId;
    }

    /// Two of them share a process, and with it the files of their stores.
    String process() {
        return "process-" + number / 2;
    }

    void start() {
        running = true;
        memberId = "m" + number + "-" + starts++;
        waiting = null;
        abandon();
    }

    void die() {
        running = false;
        holds.clear();
    }

    void getStuck() {
        stuck = true;
    }

    private void abandon() {
        joined = false;
        epoch = 0;
        stuck = false;
        inDoubt = false;
        holds.clear();
        assigned = new TreeSet<>();
        told = null;
    }

    /// Does whatever is next.
    void step() {
        if (!running) {
            return;
        }
        if (!stuck && random.nextInt(2) == 0) {
            holds.retainAll(assigned);
        }
        if (waiting != null) {
            Runnable next = waiting.get();
            if (next != null) {
                waiting = null;
                next.run();
            }
        } else if (!joined || (inDoubt && around.isPeace())) {
            join();
        } else if (random.nextInt(3) == 0 && !holds.isEmpty()) {
            commit();
        } else {
            heartbeat();
        }
    }

    // ---- what it sends

    private StreamsGroupHeartbeatRequestData request(int atEpoch) {
        return new StreamsGroupHeartbeatRequestData()
                .setGroupId(ConsumerWorld.GROUP)
                .setMemberId(memberId)
                .setInstanceId(instanceId)
                .setMemberEpoch(atEpoch);
    }

    private void sayTasks(StreamsGroupHeartbeatRequestData request) {
        request.setActiveTasks(StreamsApplication.ids(holds, 'a'))
                .setStandbyTasks(StreamsApplication.ids(holds, 's'))
                .setWarmupTasks(StreamsApplication.ids(holds, 'w'));
    }

    private void join() {
        abandon();
        var request =
                request(0)
                        .setTopology(StreamsApplication.topology())
                        .setProcessId(process())
                        .setRebalanceTimeoutMs(ConsumerWorld.REBALANCE_MS);
        sayTasks(request);
        ask(request, false);
    }

    private void heartbeat() {
        String now = String.join(" ", holds);
        var request = request(epoch);
        boolean changes = !around.isPeace() && random.nextInt(25) == 0;
        if (changes) {
            request.setUserEndpoint(new Endpoint().setHost("h").setPort(random.nextInt(4)));
        }
        boolean tells = !now.equals(told);
        if (tells) {
            sayTasks(request);
        }
        told = now;
        ask(request, !tells && !changes);
    }

    /// Sends. A request may get lost, or come late, or its answer is lost: the instance gives up waiting, and says what it has
    /// the next time.
    private void ask(StreamsGroupHeartbeatRequestData request, boolean mayBeLate) {
        switch (around.isPeace() ? 59 : random.nextInt(60)) {
            case 0 -> {
                log("is not heard");
                told = null;
            }
            case 1 -> {
                log("does not hear the answer");
                told = null;
                inDoubt = true;
                var _ = around.beat(request);
            }
            case 2 -> {
                told = null;
                if (mayBeLate) {
                    inDoubt = true;
                    log("is heard late");
                    around.later(() -> around.beat(request));
                }
            }
            default -> await(around.beat(request), this::heard);
        }
    }

    private <T> void await(CompletionStage<T> answer, Consumer<T> heard) {
        waiting =
                () -> {
                    T now = GroupWorld.now(answer);
                    return now == null ? null : () -> heard.accept(now);
                };
    }

    private void commit() {
        String task = holds.getFirst();
        if (!task.startsWith("a0_")) {
            heartbeat();
            return;
        }
        var commit = around.commit(memberId, epoch, task);
        if (!around.isPeace() && random.nextInt(10) == 0) {
            around.later(commit);
        } else {
            await(commit.get(), error -> log("commits " + task + " " + error));
        }
    }

    void leave() {
        int how = instanceId != null && random.nextBoolean() ? -2 : -1;
        var request = request(how);
        log("leaves " + how);
        if (random.nextInt(4) == 0) {
            around.later(() -> around.beat(request));
        } else {
            var _ = around.beat(request);
        }
        die();
    }

    /// Is it at rest, so that it may say that it goes?
    boolean mayLeave() {
        return running && joined && waiting == null;
    }

    // ---- what it hears

    private void heard(StreamsHeartbeat heartbeat) {
        Errors error = Errors.forCode(heartbeat.response().errorCode());
        log("beats " + error + " " + heartbeat.response().memberEpoch());
        switch (error) {
            case NONE -> goOn(heartbeat);
            case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID, GROUP_ID_NOT_FOUND -> abandon();
            case FENCED_INSTANCE_ID -> {
                abandon();
                running = false;
            }
            // Refused, or nobody is there to answer: it may have been heard all the same.
            default -> {
                told = null;
                inDoubt = true;
            }
        }
    }

    private void goOn(StreamsHeartbeat heartbeat) {
        var answer = heartbeat.response();
        around.check(!joined || answer.memberEpoch() >= epoch, "G2 a member's epoch rises");
        joined = true;
        epoch = answer.memberEpoch();
        if (answer.activeTasks() != null) {
            assigned = StreamsApplication.told(answer);
            inDoubt = false;
            log("has " + assigned);
            handovers += holds.containsAll(assigned) ? 0 : 1;
            holds.removeIf(task -> task.charAt(0) != 'a' && isRecycled(task));
            holds.addAll(assigned);
        }
    }

    /// A copy that becomes something else is that at once: there is nothing to stop.
    private boolean isRecycled(String copy) {
        return assigned.stream().anyMatch(task -> task.endsWith(copy.substring(1)));
    }

    private void log(String what) {
        around.log(memberId + " " + what);
    }
}
