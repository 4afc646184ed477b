package dev.millrace.broker;

import org.jspecify.annotations.Nullable;

/// The broker cannot start. The message is one sentence for the person who started it.
public final class StartFailed extends Exception {
    private static final long serialVersionUID = 1;

    public StartFailed(String sentence) {
        super(sentence);
    }

    public StartFailed(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }
}
