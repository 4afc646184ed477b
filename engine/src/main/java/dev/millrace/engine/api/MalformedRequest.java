package dev.millrace.engine.api;

/// Bytes that are not a request; the connection they came over is closed. The message is for the log.
public final class MalformedRequest extends Exception {
    public MalformedRequest(String why) {
        super(why);
    }

    public MalformedRequest(String why, Throwable cause) {
        super(why, cause);
    }
}
