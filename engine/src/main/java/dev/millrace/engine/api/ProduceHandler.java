package dev.millrace.engine.api;

import dev.millrace.engine.env.Timers;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.BatchCodec;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.VerificationGuard;
import dev.millrace.engine.replica.AwaitedAppend;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// Appends batches.
///
/// - v7 zstd (KIP-110), refused in older versions; v9 flexible encoding, v10 names the current leader with its error, v13 topic ids (KIP-516)
/// - acks: 0 answers nothing and closes the connection on an error, 1 answers once appended, -1 once committed and flushed
/// - a batch of an idempotent producer that was appended before is answered with its first offsets
/// - a batch of a transaction is appended when its coordinator knows the partition: asked by v3 to v11, added by v12 (KIP-890); nothing
///   of the same connection overtakes it meanwhile
public final class ProduceHandler implements Handler<ProduceRequestData, ProduceResponseData> {
    private static final short ACKS_ALL = -1;
    private static final short FIRST_VERSION_WITH_ZSTD = 7;

    /// Kafka's own admin tools may write to internal topics under this name.
    private static final String ADMIN_CLIENT = "__admin_client";

    private final Replicas replicas;
    private final Timers timers;
    private final TransactionVerifier verifier;
    private final boolean verifies;

    /// @param verifies `transaction.partition.verification.enable`
    public ProduceHandler(
            Replicas replicas, Timers timers, TransactionVerifier verifier, boolean verifies) {
        this.replicas = replicas;
        this.timers = timers;
        this.verifier = verifier;
        this.verifies = verifies;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.PRODUCE;
    }

    /// An append whose acknowledgement is not due yet.
    private record Pending(PartitionProduceResponse answer, CompletableFuture<Errors> committed) {}

    @Override
    public Outcome<ProduceResponseData> handle(RequestContext context, ProduceRequestData request) {
        return request.transactionalId() != null && ProduceVerification.concerns(request)
                ? verify(context, request)
                : append(context, request, null, Verified.NOTHING);
    }

    private Outcome<ProduceResponseData> verify(
            RequestContext context, ProduceRequestData request) {
        var verification = new ProduceVerification(request, context.version(), replicas);
        if (!verification.ofOneProducer()) {
            return refuseAll(
                    request,
                    Errors.INVALID_PRODUCER_ID_MAPPING,
                    "Transactional records contained more than one producer ID");
        }
        var answer = verification.verify(verifier, verifies).toCompletableFuture();
        return answer.isDone()
                ? append(context, request, verification, answer.getNow(Verified.NOTHING))
                : new Outcome.Blocked<>(
                        answer,
                        () ->
                                append(
                                        context,
                                        request,
                                        verification,
                                        answer.getNow(Verified.NOTHING)));
    }

    private static Outcome<ProduceResponseData> refuseAll(
            ProduceRequestData request, Errors error, @Nullable String message) {
        var response = new ProduceResponseData();
        for (TopicProduceData topic : request.topicData()) {
            var answers =
                    new TopicProduceResponse().setName(topic.name()).setTopicId(topic.topicId());
            for (PartitionProduceData data : topic.partitionData()) {
                var answer = new PartitionProduceResponse().setIndex(data.index());
                answers.partitionResponses().add(refuse(answer, error, message));
            }
            response.responses().add(answers);
        }
        return request.acks() == 0 ? silent(response) : Outcome.reply(response);
    }

    /// @param verification null of a request that has nothing to do with transactions
    private Outcome<ProduceResponseData> append(
            RequestContext context,
            ProduceRequestData request,
            @Nullable ProduceVerification verification,
            Verified verified) {
        short acks = request.acks();
        var response = new ProduceResponseData();
        List<Pending> pending = new ArrayList<>(0);
        for (TopicProduceData topic : request.topicData()) {
            var answers =
                    new TopicProduceResponse().setName(topic.name()).setTopicId(topic.topicId());
            for (PartitionProduceData data : topic.partitionData()) {
                answers.partitionResponses()
                        .add(append(context, acks, topic, data, verification, verified, pending));
            }
            response.responses().add(answers);
        }
        if (acks == 0) {
            return silent(response);
        }
        return pending.isEmpty()
                ? Outcome.reply(response)
                : Outcome.whenAll(
                        pending.stream().map(Pending::committed).toList(),
                        timers,
                        request.timeoutMs(),
                        () -> {
                            pending.forEach(ProduceHandler::settle);
                            return response;
                        });
    }

    private PartitionProduceResponse append(
            RequestContext context,
            short acks,
            TopicProduceData topic,
            PartitionProduceData data,
            @Nullable ProduceVerification verification,
            Verified verified,
            List<Pending> pending) {
        var answer = new PartitionProduceResponse().setIndex(data.index());
        if (acks < ACKS_ALL || acks > 1) {
            return refuse(answer, Errors.INVALID_REQUIRED_ACKS, null);
        }
        Located where = replicas.find(topic.topicId(), topic.name(), data.index());
        Partition partition = where.partition();
        if (partition == null) {
            return refuse(answer, where.error(), null);
        }
        if (Topic.isInternal(where.topic()) && !ADMIN_CLIENT.equals(context.clientId())) {
            return refuse(
                    answer,
                    Errors.INVALID_TOPIC_EXCEPTION,
                    "Clients cannot write to the internal topic " + where.topic() + ".");
        }
        if (!(data.records() instanceof MemoryRecords records)) {
            return refuse(answer, Errors.INVALID_RECORD, "The partition's records are missing.");
        }
        if (context.version() < FIRST_VERSION_WITH_ZSTD && BatchCodec.isZstd(records)) {
            return refuse(answer, Errors.UNSUPPORTED_COMPRESSION_TYPE, null);
        }
        VerificationGuard guard = null;
        if (verification != null) {
            Errors error = verified.error(partition.name());
            if (error != Errors.NONE) {
                var told = verification.refusal(error);
                return refuse(answer, told.error(), told.message());
            }
            guard = verified.guard(partition.name());
        }
        AwaitedAppend append =
                partition.appendAwaited(
                        records,
                        acks == ACKS_ALL,
                        verification == null ? Origin.CLIENT : Origin.TRANSACTIONAL_CLIENT,
                        guard);
        // No switch over types here: its first use costs milliseconds, for which the first record
        // of a start would wait.
        if (append.result() instanceof AppendResult.Appended(long base, _, long timeMs)) {
            return accept(answer, base, timeMs, append.committed(), partition, pending);
        }
        if (append.result() instanceof AppendResult.Duplicate(long base, _, long timeMs)) {
            return accept(answer, base, timeMs, append.committed(), partition, pending);
        }
        return refuse(answer, (AppendResult.Refused) append.result());
    }

    private static PartitionProduceResponse accept(
            PartitionProduceResponse answer,
            long baseOffset,
            long logAppendTimeMs,
            CompletableFuture<Errors> committed,
            Partition partition,
            List<Pending> pending) {
        answer.setBaseOffset(baseOffset)
                .setLogAppendTimeMs(logAppendTimeMs)
                .setLogStartOffset(partition.logStart());
        if (committed.getNow(Errors.REQUEST_TIMED_OUT) != Errors.NONE) {
            pending.add(new Pending(answer, committed));
        }
        return answer;
    }

    private static PartitionProduceResponse refuse(
            PartitionProduceResponse answer, AppendResult.Refused refused) {
        refuse(answer, refused.error(), refused.message());
        refused.records()
                .forEach(record ->
                        answer.recordErrors()
                                .add(
                                        new BatchIndexAndErrorMessage()
                                                .setBatchIndex(record.batchIndex())
                                                .setBatchIndexErrorMessage(record.message())));
        return answer;
    }

    private static PartitionProduceResponse refuse(
            PartitionProduceResponse answer, Errors error, @Nullable String message) {
        return answer.setErrorCode(error.code())
                .setErrorMessage(message)
                .setBaseOffset(-1)
                .setLogAppendTimeMs(-1)
                .setLogStartOffset(-1);
    }

    /// The client waits for no answer; what it can be told is that something went wrong.
    private static Outcome<ProduceResponseData> silent(ProduceResponseData response) {
        for (TopicProduceResponse topic : response.responses()) {
            for (PartitionProduceResponse answer : topic.partitionResponses()) {
                if (answer.errorCode() != Errors.NONE.code()) {
                    return new Outcome.Close<>(
                            "a produce request with acks=0 failed with "
                                    + Errors.forCode(answer.errorCode()));
                }
            }
        }
        return new Outcome.Silent<>();
    }

    private static void settle(Pending append) {
        Errors result = append.committed.getNow(Errors.REQUEST_TIMED_OUT);
        if (result != Errors.NONE) {
            refuse(append.answer, result, null);
        }
    }
}
