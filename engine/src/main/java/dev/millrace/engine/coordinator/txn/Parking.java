package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.Promise;
import dev.millrace.engine.coordinator.ShardHost;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Holds back what comes while the transaction before it is not complete, for a moment ([TransactionConfig#PATIENCE_MS]). Kafka answers
/// `CONCURRENT_TRANSACTIONS` at once, and its clients ask again 20 ms later or more: longer than most transactions take to complete.
final class Parking {
    private final ShardHost<TransactionRecord> host;

    Parking(ShardHost<TransactionRecord> host) {
        this.host = host;
    }

    /// A question that can be asked again.
    @FunctionalInterface
    interface Question<R> {
        /// Null as long as the transaction before is not complete.
        @Nullable Decision<TransactionRecord, R> decide();
    }

    /// Decides now, or when the transaction is complete.
    ///
    /// @param refusal the answer to who has waited for too long
    <R> Decision<TransactionRecord, R> decide(
            Transaction transaction, Question<R> question, Function<Errors, R> refusal) {
        Decision<TransactionRecord, R> now = question.decide();
        return now != null ? now : park(transaction, List.of(), () -> {}, question, refusal);
    }

    /// Waits for the transaction to be complete, and decides then.
    ///
    /// @param facts written now
    /// @param effect now
    <R> Decision<TransactionRecord, R> park(
            Transaction transaction,
            List<TransactionRecord> facts,
            Runnable effect,
            Question<R> question,
            Function<Errors, R> refusal) {
        Promise<R> promise = host.promise(refusal);
        var parked = new Parked<>(host, promise, question, refusal);
        return Decision.park(
                facts,
                promise,
                () -> {
                    transaction.await(parked);
                    host.schedule(
                            parked, TransactionConfig.PATIENCE_MS, parked::decideForTheLastTime);
                    effect.run();
                });
    }

    private static final class Parked<R> implements Transaction.Waiting {
        private final ShardHost<TransactionRecord> host;
        private final Promise<R> promise;
        private final Question<R> question;
        private final Function<Errors, R> refusal;
        private boolean tried;
        private boolean answered;

        Parked(
                ShardHost<TransactionRecord> host,
                Promise<R> promise,
                Question<R> question,
                Function<Errors, R> refusal) {
            this.host = host;
            this.promise = promise;
            this.question = question;
            this.refusal = refusal;
        }

        @Override
        public boolean isAnswered() {
            return answered;
        }

        /// At the end of the turn.
        @Override
        public void wake() {
            if (!answered) {
                host.schedule(this, 0, this::decideForTheLastTime);
            }
        }

        /// Somebody else may have been quicker, and it is too early once more: the client waits by itself then. So it does when what it
        /// wants cannot be written, which is why we are here again.
        Decision<TransactionRecord, ?> decideForTheLastTime() {
            if (tried) {
                R unavailable = refusal.apply(Errors.COORDINATOR_NOT_AVAILABLE);
                return Decision.answer(true, () -> answer(unavailable));
            }
            tried = true;
            Decision<TransactionRecord, R> decision = question.decide();
            if (decision == null) {
                R tooEarly = refusal.apply(Errors.CONCURRENT_TRANSACTIONS);
                return Decision.answer(true, () -> answer(tooEarly));
            }
            return switch (decision.reply()) {
                case Decision.Reply.Now<R>(R response) ->
                        Decision.write(
                                decision.facts(),
                                true,
                                () -> {
                                    decision.effect().run();
                                    answer(response);
                                });
                case Decision.Reply.Later<R> _ ->
                        throw new IllegalStateException("a question that has waited waits again");
            };
        }

        private void answer(R response) {
            answered = true;
            promise.fulfil(response);
        }
    }
}
