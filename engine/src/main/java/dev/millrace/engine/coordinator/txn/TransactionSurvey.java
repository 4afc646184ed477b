package dev.millrace.engine.coordinator.txn;

import java.util.ArrayList;
import java.util.List;

/// The transactional ids that this broker coordinates.
///
/// @param transactions of the partitions that are loaded
/// @param unavailable partitions of the internal topic that are led here, and whose transactional ids are not known yet
public record TransactionSurvey(List<TransactionSummary> transactions, int unavailable) {
    static final TransactionSurvey EMPTY = new TransactionSurvey(List.of(), 0);

    static final TransactionSurvey UNAVAILABLE = new TransactionSurvey(List.of(), 1);

    TransactionSurvey and(TransactionSurvey other) {
        var all = new ArrayList<TransactionSummary>(transactions);
        all.addAll(other.transactions);
        return new TransactionSurvey(all, unavailable + other.unavailable);
    }
}
