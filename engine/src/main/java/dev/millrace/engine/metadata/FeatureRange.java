package dev.millrace.engine.metadata;

/// The levels of one feature that a node can work at, both inclusive.
public record FeatureRange(short min, short max) {
    public boolean contains(short level) {
        return min <= level && level <= max;
    }
}
