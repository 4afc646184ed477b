package dev.millrace.broker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Refuses Java versions and options known to corrupt data.
public final class JavaChecks {
    private JavaChecks() {}

    /// One sentence that says why this Java will not do; null when it will.
    ///
    /// - 25.0.0 to 25.0.2: G1 may move pinned objects while native code reads them (JDK-8377811)
    /// - compact object headers on 25: compiled `String.getBytes` returns wrong bytes (JDK-8380060)
    public static @Nullable String refusal(
            int feature, int interim, int update, boolean compactHeaders) {
        if (feature < 25) {
            return "Millrace needs Java 25.0.3 or newer, and this is Java " + feature + ".";
        }
        if (feature == 25 && interim == 0 && update < 3) {
            return "Java 25.0."
                    + update
                    + " can corrupt compressed data (JDK-8377811); install 25.0.3 or newer.";
        }
        if (feature == 25 && compactHeaders) {
            return "-XX:+UseCompactObjectHeaders on Java 25 returns wrong bytes (JDK-8380060); leave it out.";
        }
        return null;
    }

    /// As [#refusal(int, int, int, boolean)], of the Java that runs this.
    ///
    /// @param options the JVM's options as far as they are known
    public static @Nullable String refusal(List<String> options) {
        var version = Runtime.version();
        return refusal(
                version.feature(),
                version.interim(),
                version.update(),
                options.contains("-XX:+UseCompactObjectHeaders"));
    }
}
