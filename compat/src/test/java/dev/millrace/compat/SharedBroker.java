package dev.millrace.compat;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// One broker for all test classes: started by the first that needs it, stopped when the last has ended.
///
/// A test takes its address as a parameter of this type, and uses names of topics and groups that nobody else uses.
final class SharedBroker implements AutoCloseable {
    private final @Nullable Broker own;
    private final @Nullable AssertionError failure;

    private SharedBroker() {
        Broker started = null;
        AssertionError problem = null;
        if (!BrokerUnderTest.isRunningAlready()) {
            try {
                started = Broker.start("shared-broker", Map.of());
            } catch (AssertionError e) {
                problem = e; // for every test: a second try would fail as late as the first
            }
        }
        own = started;
        failure = problem;
    }

    String bootstrap() {
        if (failure != null) throw new AssertionError(failure.getMessage(), failure);
        return own == null ? BrokerUnderTest.BOOTSTRAP : own.bootstrap();
    }

    @Override
    public void close() {
        if (own != null) own.close();
    }

    /// Hands the one broker to every test class that asks for it.
    static final class Extension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == SharedBroker.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(SharedBroker.class, _ -> new SharedBroker());
        }
    }
}
