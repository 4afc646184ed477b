package dev.millrace.cli.perf;

/// When each record of an open-loop test is due: evenly spaced, decided before the first is sent and kept to whatever happens.
///
/// A record that is sent late, because the cluster made the sender wait, is still measured from its due instant. That is what keeps a
/// stall from hiding the records that it held up ("coordinated omission").
///
/// @param startNs when the record with index 0 is due
/// @param perSecond how many are due in a second, greater than 0
public record Schedule(long startNs, double perSecond) {
    private static final double NS_PER_SECOND = 1e9;

    /// The instant at which a record is due, computed from its index alone: rounding does not add up.
    public long dueNs(long index) {
        return startNs + Math.round(index * (NS_PER_SECOND / perSecond));
    }
}
