package dev.millrace.dist.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/// Writes `2026-01-31T12:00:00.000 WARN Listener: message` to standard error, and a stack trace behind it when there is one.
///
/// The system property `millrace.log` says from which level on; it is read when the first logger is made.
///
/// **Owner.** Any thread; one event is one write.
final class LineLogger extends AbstractLogger {
    private static final long serialVersionUID = 1L;

    /// Events below it are not written; beyond ERROR nothing is.
    private static final int LEAST = least(System.getProperty("millrace.log", "warn"));

    private final String shortName;

    LineLogger(String name) {
        this.name = name;
        this.shortName = name.substring(name.lastIndexOf('.') + 1);
    }

    /// @param level one of slf4j's levels in any case, or `off`; anything else is `warn`
    static int least(String level) {
        return switch (level.strip().toLowerCase(Locale.ROOT)) {
            case "trace" -> Level.TRACE.toInt();
            case "debug" -> Level.DEBUG.toInt();
            case "info" -> Level.INFO.toInt();
            case "error" -> Level.ERROR.toInt();
            case "off" -> Integer.MAX_VALUE;
            default -> Level.WARN.toInt();
        };
    }

    /// One event as it is written.
    static String line(
            LocalDateTime time,
            Level level,
            String logger,
            @Nullable String message,
            @Nullable Throwable cause) {
        var text = new StringBuilder(160);
        text.append(time.truncatedTo(ChronoUnit.MILLIS)).append(' ').append(level.name());
        text.append(' ').append(logger).append(": ").append(message).append('\n');
        if (cause != null) {
            var trace = new StringWriter();
            cause.printStackTrace(new PrintWriter(trace));
            text.append(trace);
        }
        return text.toString();
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            @Nullable String pattern,
            @Nullable Object @Nullable [] arguments,
            @Nullable Throwable cause) {
        String message = MessageFormatter.basicArrayFormat(pattern, arguments);
        System.err.print(line(now(), level, shortName, message, cause));
    }

    /// By the older of the JDK's two tables of time zones. The first use of the newer looks for more of them in every library: a
    /// warning at the start would take longer than the start.
    private static LocalDateTime now() {
        long ms = System.currentTimeMillis();
        return LocalDateTime.ofEpochSecond(
                Math.floorDiv(ms + TimeZone.getDefault().getOffset(ms), 1_000L),
                (int) Math.floorMod(ms, 1_000L) * 1_000_000,
                ZoneOffset.UTC);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null; // whence a call came is not looked up
    }

    @Override
    public boolean isTraceEnabled() {
        return LEAST <= Level.TRACE.toInt();
    }

    @Override
    public boolean isTraceEnabled(Marker marker) {
        return isTraceEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return LEAST <= Level.DEBUG.toInt();
    }

    @Override
    public boolean isDebugEnabled(Marker marker) {
        return isDebugEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return LEAST <= Level.INFO.toInt();
    }

    @Override
    public boolean isInfoEnabled(Marker marker) {
        return isInfoEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return LEAST <= Level.WARN.toInt();
    }

    @Override
    public boolean isWarnEnabled(Marker marker) {
        return isWarnEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
        return LEAST <= Level.ERROR.toInt();
    }

    @Override
    public boolean isErrorEnabled(Marker marker) {
        return isErrorEnabled();
    }
}
