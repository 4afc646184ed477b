package dev.millrace.cli;

/// How a verb prints data.
enum OutputForm {
    /// Columns and sentences for people.
    text,
    /// JSON for programs: one document, or one a line where the output has no end.
    json
}
