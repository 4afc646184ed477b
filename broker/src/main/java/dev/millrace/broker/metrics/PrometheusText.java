package dev.millrace.broker.metrics;

import org.jspecify.annotations.Nullable;

/// Writes Prometheus' text format, version 0.0.4: families one after the other, each with its samples.
final class PrometheusText {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder(4096);
    private @Nullable String family;

    enum Kind {
        GAUGE("gauge"),
        COUNTER("counter");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /// Begins a family; its samples follow.
    PrometheusText family(String name, Kind kind, String help) {
        text.append("# HELP ").append(name).append(' ');
        escape(help, false);
        text.append("\n# TYPE ").append(name).append(' ').append(kind.text).append('\n');
        family = name;
        return this;
    }

    /// One sample of the family that was begun last.
    ///
    /// @param labels names and values in turn
    PrometheusText sample(long value, String... labels) {
        return line(Long.toString(value), labels);
    }

    PrometheusText sample(double value, String... labels) {
        return line(Double.toString(value), labels);
    }

    private PrometheusText line(String number, String... labels) {
        text.append(family);
        for (int i = 0; i < labels.length; i += 2) {
            text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
            escape(labels[i + 1], true);
            text.append('"');
        }
        text.append(labels.length == 0 ? " " : "} ").append(number).append('\n');
        return this;
    }

    /// A backslash and a line feed are escaped everywhere, a quotation mark in the value of a label.
    private void escape(String value, boolean quoted) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '"' -> text.append(quoted ? "\\\"" : "\"");
                default -> text.append(c);
            }
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
