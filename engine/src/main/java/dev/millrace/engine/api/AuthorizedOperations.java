package dev.millrace.engine.api;

import java.util.List;
import org.apache.kafka.common.acl.AclOperation;

/// The sets of operations that describing APIs report as bit fields (KIP-430): bit n stands for the operation with code n.
final class AuthorizedOperations {
    /// What a response says when the request did not ask.
    static final int NOT_ASKED = Integer.MIN_VALUE;

    /// Every operation there is on a topic: without an authorizer everything is allowed.
    static final int ALL_ON_TOPIC =
            bits(
                    AclOperation.READ,
                    AclOperation.WRITE,
                    AclOperation.CREATE,
                    AclOperation.DELETE,
                    AclOperation.ALTER,
                    AclOperation.DESCRIBE,
                    AclOperation.DESCRIBE_CONFIGS,
                    AclOperation.ALTER_CONFIGS);

    /// Every operation there is on the cluster.
    static final int ALL_ON_CLUSTER =
            bits(
                    AclOperation.CREATE,
                    AclOperation.ALTER,
                    AclOperation.DESCRIBE,
                    AclOperation.CLUSTER_ACTION,
                    AclOperation.DESCRIBE_CONFIGS,
                    AclOperation.ALTER_CONFIGS,
                    AclOperation.IDEMPOTENT_WRITE);

    /// Every operation there is on a group.
    static final int ALL_ON_GROUP =
            bits(
                    AclOperation.READ,
                    AclOperation.DELETE,
                    AclOperation.DESCRIBE,
                    AclOperation.DESCRIBE_CONFIGS,
                    AclOperation.ALTER_CONFIGS);

    private AuthorizedOperations() {}

    private static int bits(AclOperation... operations) {
        int bits = 0;
        for (AclOperation operation : List.of(operations)) {
            bits |= 1 << operation.code();
        }
        return bits;
    }
}
