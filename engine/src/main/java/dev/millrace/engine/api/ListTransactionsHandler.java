package dev.millrace.engine.api;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.millrace.engine.coordinator.txn.TransactionFilter;
import dev.millrace.engine.coordinator.txn.TransactionSummary;
import dev.millrace.engine.coordinator.txn.TransactionSurvey;
import dev.millrace.engine.coordinator.txn.Transactions;
import java.util.HashSet;
import java.util.List;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.ListTransactionsResponseData.TransactionState;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// ListTransactions 0-2: the transactional ids that this broker coordinates (KIP-664); an administrator asks every broker.
///
/// - v1 filters by duration (KIP-994), v2 by a pattern of the transactional id (KIP-1152)
/// - while a partition is being loaded the whole answer is an error: a list that lacks some looks like one that does not have them
/// - **not done**: authorization; every operation is allowed
public final class ListTransactionsHandler
        implements Handler<ListTransactionsRequestData, ListTransactionsResponseData> {
    private final Transactions transactions;

    public ListTransactionsHandler(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LIST_TRANSACTIONS;
    }

    @Override
    public Outcome<ListTransactionsResponseData> handle(
            RequestContext context, ListTransactionsRequestData request) {
        List<String> unknown =
                request.stateFilters().stream()
                        .filter(state -> !TransactionFilter.STATES.contains(state))
                        .distinct()
                        .toList();
        TransactionFilter filter;
        try {
            filter = filter(request);
        } catch (PatternSyntaxException _) {
            return Outcome.reply(refusal(Errors.INVALID_REGULAR_EXPRESSION));
        }
        return Outcome.when(
                transactions
                        .list(filter)
                        .thenApply(survey -> response(survey).setUnknownStateFilters(unknown)));
    }

    private static TransactionFilter filter(ListTransactionsRequestData request) {
        return new TransactionFilter(
                new HashSet<>(request.producerIdFilters()),
                new HashSet<>(request.stateFilters()),
                request.durationFilter(),
                pattern(request.transactionalIdPattern()));
    }

    private static @Nullable Pattern pattern(@Nullable String text) {
        return text == null || text.isEmpty() ? null : Pattern.compile(text);
    }

    private static ListTransactionsResponseData response(TransactionSurvey survey) {
        if (survey.unavailable() > 0) {
            return refusal(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        }
        var response = new ListTransactionsResponseData();
        for (TransactionSummary found : survey.transactions()) {
            response.transactionStates()
                    .add(
                            new TransactionState()
                                    .setTransactionalId(found.transactionalId())
                                    .setProducerId(found.producerId())
                                    .setTransactionState(found.state()));
        }
        return response;
    }

    private static ListTransactionsResponseData refusal(Errors error) {
        return new ListTransactionsResponseData().setErrorCode(error.code());
    }
}
