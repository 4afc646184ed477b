package dev.millrace.engine.doctor;

import dev.millrace.engine.env.Storage;

/// One data directory that is looked at.
///
/// @param path as a person knows it
public record DataDir(String path, Storage storage) {}
