package dev.millrace.engine.metadata;

/// Producer ids are handed to brokers in blocks.
///
/// @param next the first producer id of the next block: every lower one may be in use (P4)
public record ProducerIdsImage(long next) {
    static final ProducerIdsImage EMPTY = new ProducerIdsImage(0);
}
