package dev.millrace.engine.metadata;

/// Lets the quorum work at a higher level of `kraft.version`, which is the quorum's own and in no image.
@FunctionalInterface
public interface KraftUpgrade {
    /// @param validateOnly only finds out whether that could be
    /// @throws org.apache.kafka.common.errors.ApiException when it cannot, with the reason
    void to(short level, boolean validateOnly);
}
