package dev.millrace.bench;

import dev.millrace.bench.load.LoadProcess;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The load process of a whole run, all suites: both sides meet the same one, equally warm. One that died is replaced.
final class SharedLoad implements AutoCloseable {
    private @Nullable LoadProcess process;

    LoadProcess alive() throws IOException {
        LoadProcess known = process;
        if (known != null && known.alive()) {
            return known;
        }
        LoadProcess started = new LoadProcess();
        process = started;
        return started;
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
