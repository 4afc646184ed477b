package dev.millrace.engine.log;

import java.io.IOException;

/// A log cannot be compacted as it is; to try again would end the same way.
public final class UncleanableException extends IOException {
    private static final long serialVersionUID = 1L;

    UncleanableException(String reason) {
        super(reason);
    }
}
