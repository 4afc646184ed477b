package org.apache.kafka.common.test.junit;

import dev.millrace.compat.kafka.OutsideCluster;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/// One run of a `@ClusterTest`, with an [OutsideCluster] in place of Kafka's embedded one.
///
/// Named as the class of Kafka's test runtime that does this there, and ahead of it on the class path: that is the whole
/// seam, the tests and all else of the runtime stay as published.
public class RaftClusterInvocationContext implements TestTemplateInvocationContext {
    /// Why the second of two equal runs is left out; the report does not count these.
    public static final String SAME_CLUSTER =
            "runs as KRAFT already: outside, both types are the same cluster";

    private static final Set<Type> BOTH = Set.of(Type.KRAFT, Type.CO_KRAFT);

    private final String testName;
    private final ClusterConfig config;
    private final Type type;

    public RaftClusterInvocationContext(String testName, ClusterConfig config, boolean combined) {
        this.testName = testName;
        this.config = config;
        this.type = combined ? Type.CO_KRAFT : Type.KRAFT;
    }

    @Override
    public String getDisplayName(int invocationIndex) {
        return "%s [%d] %s"
                .formatted(testName, invocationIndex, String.join(",", config.displayTags()));
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
        var cluster = new OutsideCluster(config, type);
        var parameter = new ClusterInstanceParameterResolver(cluster);
        if (type == Type.CO_KRAFT
                && config.clusterTypes().containsAll(BOTH)
                && cluster.isOneWhateverTheType()) {
            ExecutionCondition never = _ -> ConditionEvaluationResult.disabled(SAME_CLUSTER);
            return List.of(never, parameter);
        }
        BeforeEachCallback before = context -> begin(cluster, context);
        AfterEachCallback after = _ -> cluster.stop();
        return List.of(before, after, parameter);
    }

    private void begin(OutsideCluster cluster, ExtensionContext context) {
        cluster.prepare(
                context.getRequiredTestClass().getSimpleName()
                        + "."
                        + context.getRequiredTestMethod().getName());
        if (config.isAutoStart()) cluster.start();
    }
}
