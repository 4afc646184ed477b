package dev.millrace.broker;

import dev.millrace.broker.config.ConnectionKeys;
import dev.millrace.broker.config.WrongSetting;
import dev.millrace.broker.net.ConnectionLimits;
import dev.millrace.engine.Node;
import dev.millrace.engine.metadata.ConfigsImage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The bounds on connections as the broker's settings have them, which may be set while it runs. They are read again when settings of
/// the cluster have changed.
///
/// **Owner.** Any thread; locks for itself.
final class LimitsInForce implements Supplier<ConnectionLimits> {
    private static final Logger LOG = LoggerFactory.getLogger(LimitsInForce.class);

    private final Node node;
    private ConnectionLimits limits;
    private @Nullable ConfigsImage readFrom;

    /// @param ofFile what holds until something else is set
    LimitsInForce(Node node, ConnectionLimits ofFile) {
        this.node = node;
        this.limits = ofFile;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // another image may be equal; then it is read once more
    public synchronized ConnectionLimits get() {
        ConfigsImage now = node.image().configs();
        if (now != readFrom) {
            readFrom = now;
            limits = read();
        }
        return limits;
    }

    private ConnectionLimits read() {
        try {
            return ConnectionKeys.limits(node::brokerSetting);
        } catch (WrongSetting e) {
            LOG.warn("{}. The connections stay bounded as they were.", e.getMessage());
            return limits;
        }
    }
}
