package dev.millrace.engine.coordinator.group;

import java.util.Locale;

/// Which way a group with members may go from one protocol to the other (`group.consumer.migration.policy`). Groups without
/// members always may.
public enum MigrationPolicy {
    BIDIRECTIONAL(true, true),
    UPGRADE(true, false),
    DOWNGRADE(false, true),
    DISABLED(false, false);

    private final boolean upgrade;
    private final boolean downgrade;

    MigrationPolicy(boolean upgrade, boolean downgrade) {
        this.upgrade = upgrade;
        this.downgrade = downgrade;
    }

    /// From the classic to the consumer protocol.
    public boolean upgrade() {
        return upgrade;
    }

    /// From the consumer to the classic protocol.
    public boolean downgrade() {
        return downgrade;
    }

    /// Kafka reads it in any case.
    ///
    /// @throws IllegalArgumentException naming the text
    public static MigrationPolicy parse(String text) {
        return valueOf(text.strip().toUpperCase(Locale.ROOT));
    }
}
