package dev.millrace.simulator.workload;

import dev.millrace.simulator.checker.Operation.Access.Sent;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import dev.millrace.simulator.world.SimWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A producer without transactions: an idempotent one that has up to five batches on the way and asks again in order until it knows,
/// or a plain one of any acks that sends everything once.
///
/// What a plain one with acks 0 or 1 has sent may be lost by right: it counts as unknown.
public final class SendingProducer {
    private static final int MOST_TRIES = 12;
    private static final int MOST_RECORDS = 3;
    private static final long PAUSE_NS = 500_000_000;

    private final SimWorld world;
    private final Brokers brokers;
    private final Recorder history;
    private final Random random;
    private final Uuid topic;
    private final int acks;
    private final boolean idempotent;
    private final int window;
    private final BiConsumer<PartitionProduceResponse, String> outOfOrder;
    private final int[] sequences = new int[Requests.PARTITIONS];
    private Producing producing = new Producing(-1, (short) -1);
    private int process;
    private boolean stopped;
    private boolean idle;
    private int acknowledged;

    /// What is on the way, in the order of its sequences; all to one partition.
    private List<Batch> underWay = List.of();

    /// @param outOfOrder told of an answer by which the broker has not got what the producer knows to be there, and what that is
    public SendingProducer(
            SimWorld world,
            Brokers brokers,
            Recorder history,
            String name,
            Uuid topic,
            int acks,
            boolean idempotent,
            BiConsumer<PartitionProduceResponse, String> outOfOrder) {
        this.world = world;
        this.brokers = brokers;
        this.history = history;
        this.random = world.stream("producer " + name);
        this.topic = topic;
        this.acks = acks;
        this.idempotent = idempotent;
        this.window = 1 + random.nextInt(5);
        this.outOfOrder = outOfOrder;
    }

    private static final class Batch {
        final int partition;
        final int sequence;
        final List<Long> values;
        final Recorder.Begun operation;
        boolean answered;
        Errors error = Errors.NONE;
        @Nullable PartitionProduceResponse answer;
        long offset = -1;
        int tries;

        Batch(int partition, int sequence, List<Long> values, Recorder.Begun operation) {
            this.partition = partition;
            this.sequence = sequence;
            this.values = values;
            this.operation = operation;
        }
    }

    /// It sends nothing new.
    public void stop() {
        stopped = true;
    }

    public boolean isIdle() {
        return idle;
    }

    /// How many batches were acknowledged, or sent by who wants no acknowledgement.
    public int acknowledged() {
        return acknowledged;
    }

    public void begin() {
        process = history.newProcess();
        java.util.Arrays.fill(sequences, 0);
        if (idempotent) {
            init();
        } else {
            send();
        }
    }

    private void init() {
        brokers.ask(
                ApiKeys.INIT_PRODUCER_ID,
                5,
                Requests.initProducerId(null),
                answer -> {
                    if (answer instanceof InitProducerIdResponseData data
                            && data.errorCode() == 0) {
                        producing = new Producing(data.producerId(), data.producerEpoch());
                        send();
                    } else {
                        later(this::init);
                    }
                });
    }

    private void later(Runnable next) {
        if (stopped && underWay.isEmpty()) {
            idle = true;
        } else {
            world.afterPause(1 + random.nextLong(PAUSE_NS), next);
        }
    }

    private void send() {
        if (stopped) {
            idle = true;
            return;
        }
        int partition = random.nextInt(Requests.PARTITIONS);
        var batches = new ArrayList<Batch>();
        int count = 1 + random.nextInt(window);
        int sequence = sequences[partition];
        for (int i = 0; i < count; i++) {
            List<Long> values = new ArrayList<>();
            for (int r = random.nextInt(MOST_RECORDS); r >= 0; r--) {
                values.add(history.newValue());
            }
            batches.add(new Batch(partition, sequence, values, history.begin(process, Kind.SEND)));
            sequence += values.size();
        }
        underWay = batches;
        List.copyOf(batches).forEach(this::send);
    }

    private void send(Batch batch) {
        batch.answered = false;
        batch.tries++;
        var request =
                Requests.produce(
                        null,
                        topic,
                        idempotent ? producing : null,
                        batch.partition,
                        batch.sequence,
                        batch.values,
                        1_700_000_000_000L + world.nowNs() / 1_000_000,
                        acks);
        brokers.ask(ApiKeys.PRODUCE, 13, request, answer -> answered(batch, answer));
    }

    private void answered(Batch batch, @Nullable ApiMessage answer) {
        batch.answered = true;
        if (answer instanceof ProduceResponseData data) {
            var result = data.responses().iterator().next().partitionResponses().getFirst();
            batch.answer = result;
            batch.error = Errors.forCode(result.errorCode());
            batch.offset = result.baseOffset();
        } else {
            batch.answer = null;
            batch.error = Errors.NETWORK_EXCEPTION;
        }
        if (underWay.stream().allMatch(each -> each.answered)) {
            settle();
        }
    }

    /// Everything that was on the way has been heard of, or given up on.
    private void settle() {
        List<Batch> left = new ArrayList<>(underWay);
        while (!left.isEmpty() && isThere(left.getFirst())) {
            Batch batch = left.removeFirst();
            sequences[batch.partition] = batch.sequence + batch.values.size();
            acknowledged++;
            end(batch, acks == -1 ? Outcome.OK : Outcome.UNKNOWN);
        }
        underWay = left;
        if (left.isEmpty()) {
            later(this::send);
            return;
        }
        Batch first = left.getFirst();
        PartitionProduceResponse answer = first.answer;
        if (idempotent
                && first.tries == 1
                && answer != null
                && first.error == Errors.OUT_OF_ORDER_SEQUENCE_NUMBER) {
            outOfOrder.accept(
                    answer,
                    "producer %d is out of order at %d in partition %d, though all before was acknowledged"
                            .formatted(producing.id(), first.sequence, first.partition));
        }
        if (idempotent && helps(first.error) && first.tries < MOST_TRIES) {
            later(() -> List.copyOf(underWay).forEach(this::send));
        } else {
            left.forEach(each -> end(each, isRefused(each) ? Outcome.FAILED : Outcome.UNKNOWN));
            underWay = List.of();
            later(this::begin); // as a restarted process
        }
    }

    private boolean isThere(Batch batch) {
        return batch.error == Errors.NONE
                || acks == 0 // nobody says more
                || (idempotent && batch.error == Errors.DUPLICATE_SEQUENCE_NUMBER);
    }

    private boolean isRefused(Batch batch) {
        return batch.tries == 1 && batch.error == Errors.NOT_ENOUGH_REPLICAS;
    }

    private void end(Batch batch, Outcome outcome) {
        for (int i = 0; i < batch.values.size(); i++) {
            boolean known = outcome == Outcome.OK && batch.offset >= 0;
            batch.operation.touched(
                    new Sent(
                            new TopicPartition(Requests.TOPIC, batch.partition),
                            batch.values.get(i),
                            known ? batch.offset + i : -1));
        }
        batch.operation.ended(outcome);
    }

    /// Asking again helps; or it stands behind one for which it does.
    private static boolean helps(Errors error) {
        return switch (error) {
            case NETWORK_EXCEPTION,
                    REQUEST_TIMED_OUT,
                    NOT_LEADER_OR_FOLLOWER,
                    LEADER_NOT_AVAILABLE,
                    NOT_ENOUGH_REPLICAS,
                    NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID,
                    KAFKA_STORAGE_ERROR ->
                    true;
            default -> false;
        };
    }
}
