package dev.millrace.engine.metadata;

/// The metadata log holds what this version cannot apply: a record that a newer version wrote, or one that contradicts what
/// came before. The node must not go on: it would serve a metadata image that nobody decided. The message is one sentence.
public final class UnreadableMetadata extends RuntimeException {
    public UnreadableMetadata(String sentence) {
        super(sentence);
    }
}
