package dev.millrace.simulator.workload;

import dev.millrace.simulator.checker.Operation.Access.Committed;
import dev.millrace.simulator.checker.Operation.Access.Sent;
import dev.millrace.simulator.checker.Operation.Kind;
import dev.millrace.simulator.checker.Operation.Outcome;
import dev.millrace.simulator.checker.Recorder;
import dev.millrace.simulator.world.SimWorld;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.jspecify.annotations.Nullable;

/// A transactional producer, as the clients of version 1 or of version 2 of transactions behave: small transactions, one request at
/// a time, what may help is asked again. After an error that nothing helps against, or by chance, it begins a new life with
/// InitProducerId, as a restarted process does.
public final class SimProducer {
    private static final int MOST_RECORDS = 4;
    private static final int MOST_TRIES = 6;
    private static final long PAUSE_NS = 60_000_000;

    private final SimWorld world;
    private final Brokers network;
    private final Recorder history;
    private final Random random;
    private final String id;
    private final Uuid topic;
    private final boolean version2;
    private final int[] sequences = new int[Requests.PARTITIONS];
    private Producing producing = new Producing(-1, (short) -1);
    private int process;
    private long offsets;
    private boolean stopped;
    private boolean idle;
    private int committed;

    /// The transaction under way.
    private Recorder.@Nullable Begun operation;

    private int recordsLeft;

    /// @param id its transactional id
    /// @param version2 whether it uses version 2 of transactions (KIP-890)
    public SimProducer(
            SimWorld world,
            Brokers network,
            Recorder history,
            String id,
            Uuid topic,
            boolean version2) {
        this.world = world;
        this.network = network;
        this.history = history;
        this.random = world.stream();
        this.id = id;
        this.topic = topic;
        this.version2 = version2;
    }

    public String group() {
        return "group-of-" + id;
    }

    /// It ends its transaction, or gives up on it, and begins no other.
    public void stop() {
        stopped = true;
    }

    public boolean isIdle() {
        return idle;
    }

    /// How many transactions it has committed.
    public int committed() {
        return committed;
    }

    // ---- a life

    public void begin() {
        find(
                CoordinatorType.GROUP,
                group(),
                () -> find(CoordinatorType.TRANSACTION, id, this::init));
    }

    private void find(CoordinatorType type, String key, Runnable found) {
        network.ask(
                ApiKeys.FIND_COORDINATOR,
                6,
                Requests.findCoordinator(type, key),
                answer -> {
                    if (answer instanceof FindCoordinatorResponseData data
                            && data.coordinators().getFirst().errorCode() == 0) {
                        found.run();
                    } else {
                        later(() -> find(type, key, found));
                    }
                });
    }

    private void init() {
        network.ask(
                ApiKeys.INIT_PRODUCER_ID,
                version2 ? 5 : 4,
                Requests.initProducerId(id),
                answer -> {
                    if (answer instanceof InitProducerIdResponseData data
                            && data.errorCode() == 0) {
                        is(new Producing(data.producerId(), data.producerEpoch()));
                        process = history.newProcess();
                        transaction();
                    } else {
                        later(this::init);
                    }
                });
    }

    private void is(Producing next) {
        if (!next.equals(producing)) {
            java.util.Arrays.fill(sequences, 0);
            producing = next;
        }
    }

    private void later(Runnable next) {
        if (stopped && operation == null) {
            idle = true;
        } else {
            world.afterPause(random.nextLong(PAUSE_NS), next);
        }
    }

    /// It is not known, or will not be: whatever the next life finds open, it has the coordinator end.
    private void die(Outcome outcome) {
        ended(outcome);
        later(this::init);
    }

    private void ended(Outcome outcome) {
        Recorder.Begun begun = operation;
        operation = null;
        if (begun != null) {
            begun.ended(outcome);
            committed += outcome == Outcome.OK ? 1 : 0;
        }
    }

    // ---- a transaction

    private void transaction() {
        if (stopped) {
            idle = true;
            return;
        }
        operation = history.begin(process, Kind.TRANSACTION);
        recordsLeft = 1 + random.nextInt(MOST_RECORDS);
        next();
    }

    private void next() {
        if (recordsLeft-- > 0) {
            int partition = random.nextInt(Requests.PARTITIONS);
            if (version2) {
                write(partition);
            } else {
                add(partition, MOST_TRIES);
            }
        } else if (random.nextInt(3) == 0) {
            if (version2) {
                commitOffset(++offsets, MOST_TRIES);
            } else {
                addOffsets(MOST_TRIES);
            }
        } else {
            end();
        }
    }

    private void add(int partition, int tries) {
        ask(
                ApiKeys.ADD_PARTITIONS_TO_TXN,
                3,
                Requests.addPartition(id, producing, partition),
                SimProducer::added,
                () -> write(partition),
                tries,
                () -> add(partition, tries - 1));
    }

    private static Errors added(ApiMessage answer) {
        return Errors.forCode(
                ((AddPartitionsToTxnResponseData) answer)
                        .resultsByTopicV3AndBelow()
                        .iterator()
                        .next()
                        .resultsByPartition()
                        .iterator()
                        .next()
                        .partitionErrorCode());
    }

    private void write(int partition) {
        write(partition, history.newValue(), MOST_TRIES);
    }

    private void write(int partition, long value, int tries) {
        var request =
                Requests.produce(
                        id,
                        topic,
                        producing,
                        partition,
                        sequences[partition],
                        value,
                        1_700_000_000_000L + world.nowNs() / 1_000_000);
        var written = new TopicPartition(Requests.TOPIC, partition);
        network.ask(
                ApiKeys.PRODUCE,
                version2 ? 13 : 11,
                request,
                answer -> {
                    var result = answer == null ? null : result((ProduceResponseData) answer);
                    Errors error =
                            result == null
                                    ? Errors.NETWORK_EXCEPTION
                                    : Errors.forCode(result.errorCode());
                    if (result != null && error == Errors.NONE) {
                        touched(new Sent(written, value, result.baseOffset()));
                        sequences[partition]++;
                        next();
                    } else if (helps(error) && tries > 0) {
                        later(() -> write(partition, value, tries - 1));
                    } else {
                        touched(new Sent(written, value, -1));
                        die(Outcome.FAILED);
                    }
                });
    }

    private static PartitionProduceResponse result(ProduceResponseData answer) {
        return answer.responses().iterator().next().partitionResponses().getFirst();
    }

    private void touched(dev.millrace.simulator.checker.Operation.Access access) {
        Recorder.Begun begun = operation;
        if (begun != null) {
            begun.touched(access);
        }
    }

    private void addOffsets(int tries) {
        ask(
                ApiKeys.ADD_OFFSETS_TO_TXN,
                3,
                Requests.addOffsets(id, producing, group()),
                answer -> Errors.forCode(((AddOffsetsToTxnResponseData) answer).errorCode()),
                () -> commitOffset(++offsets, MOST_TRIES),
                tries,
                () -> addOffsets(tries - 1));
    }

    private void commitOffset(long offset, int tries) {
        ask(
                ApiKeys.TXN_OFFSET_COMMIT,
                version2 ? 5 : 3,
                Requests.commitOffset(id, producing, group(), offset),
                answer ->
                        Errors.forCode(
                                ((TxnOffsetCommitResponseData) answer)
                                        .topics()
                                        .getFirst()
                                        .partitions()
                                        .getFirst()
                                        .errorCode()),
                () -> {
                    touched(new Committed(group(), new TopicPartition(Requests.TOPIC, 0), offset));
                    end();
                },
                tries,
                () -> commitOffset(offset, tries - 1));
    }

    private void ask(
            ApiKeys api,
            int version,
            ApiMessage request,
            java.util.function.Function<ApiMessage, Errors> errorOf,
            Runnable done,
            int tries,
            Runnable again) {
        send(
                api,
                version,
                request,
                answer -> {
                    Errors error =
                            answer == null ? Errors.NETWORK_EXCEPTION : errorOf.apply(answer);
                    if (error == Errors.NONE) {
                        done.run();
                    } else if (helps(error) && tries > 0) {
                        later(again);
                    } else {
                        die(Outcome.FAILED);
                    }
                });
    }

    private void end() {
        if (random.nextInt(25) == 0) {
            die(Outcome.FAILED); // the process ends without a word
        } else {
            end(random.nextInt(5) > 0, MOST_TRIES);
        }
    }

    private void end(boolean commit, int tries) {
        Consumer<@Nullable ApiMessage> heard =
                answer -> {
                    var data = (EndTxnResponseData) answer;
                    Errors error =
                            data == null
                                    ? Errors.NETWORK_EXCEPTION
                                    : Errors.forCode(data.errorCode());
                    if (data != null && error == Errors.NONE) {
                        if (version2) {
                            is(new Producing(data.producerId(), data.producerEpoch()));
                        }
                        ended(commit ? Outcome.OK : Outcome.FAILED);
                        later(this::transaction);
                    } else if (helps(error) && tries > 0) {
                        later(() -> end(commit, tries - 1));
                    } else {
                        die(commit ? Outcome.UNKNOWN : Outcome.FAILED);
                    }
                };
        send(ApiKeys.END_TXN, version2 ? 5 : 4, Requests.end(id, producing, commit), heard);
    }

    /// What is late of one transaction of version 1 and counts for the next is Kafka's own fault (KAFKA-17754): there, nothing is.
    private void send(
            ApiKeys api, int version, ApiMessage request, Consumer<@Nullable ApiMessage> done) {
        if (version2) {
            network.ask(api, version, request, done);
        } else {
            network.askInTime(api, version, request, done);
        }
    }

    /// Asking again helps.
    private static boolean helps(Errors error) {
        return switch (error) {
            case NETWORK_EXCEPTION,
                    REQUEST_TIMED_OUT,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    COORDINATOR_NOT_AVAILABLE,
                    NOT_COORDINATOR,
                    CONCURRENT_TRANSACTIONS,
                    NOT_LEADER_OR_FOLLOWER,
                    LEADER_NOT_AVAILABLE,
                    NOT_ENOUGH_REPLICAS,
                    NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID,
                    FENCED_LEADER_EPOCH,
                    UNKNOWN_LEADER_EPOCH,
                    KAFKA_STORAGE_ERROR ->
                    true;
            default -> false;
        };
    }
}
