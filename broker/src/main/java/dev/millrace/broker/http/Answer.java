package dev.millrace.broker.http;

/// An answer to a GET.
///
/// @param contentType with its charset, which is UTF-8
public record Answer(int status, String contentType, String body) {
    public static final String JSON = "application/json; charset=utf-8";
    public static final String TEXT = "text/plain; charset=utf-8";
}
