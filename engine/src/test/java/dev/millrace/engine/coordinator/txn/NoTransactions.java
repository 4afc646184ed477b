package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.env.Env;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.server.common.TransactionVersion;

/// A coordinator that leads nothing, for handlers that need one to refer to.
public final class NoTransactions {
    private NoTransactions() {}

    public static Transactions in(Env env) {
        return new Transactions(
                env,
                TransactionConfig.DEFAULTS,
                () -> 0,
                () -> TransactionVersion.TV_2,
                CompletableFuture::new,
                (_, _, _) -> {});
    }
}
