package dev.millrace.bench.report;

import java.util.Locale;

/// Writes one SVG picture, element by element: text stays text, the same calls give the same bytes.
///
/// The page's own background is painted, and both the light and the dark colours are in the file, so that it can be read
/// wherever it is shown. Colours are given by the names of the classes below, never by value.
final class Svg {
    /// Blue and orange: told apart by every kind of colour vision, and in grey.
    private static final String STYLE =
            """
            <style>
              text { font: 12px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328; }
              .page { fill: #ffffff; }
              .title { font-size: 16px; font-weight: 600; }
              .strong { font-weight: 600; }
              .small { font-size: 11px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
              .muted { fill: #59636e; }
              .grid { stroke: #d1d9e0; }
              .one, .range { stroke: #1f2328; }
              .good { fill: #2f6fb0; }
              .bad { fill: #c8702a; }
              .pale { fill-opacity: 0.45; }
              @media (prefers-color-scheme: dark) {
                text { fill: #f0f6fc; }
                .page { fill: #0d1117; }
                .small { stroke: #0d1117; }
                .muted { fill: #9198a1; }
                .grid { stroke: #3d444d; }
                .one, .range { stroke: #f0f6fc; }
                .good { fill: #5b9bdc; }
                .bad { fill: #e08f4c; }
              }
            </style>
            """;

    private final StringBuilder body = new StringBuilder();

    /// Where a text stands relative to its x.
    enum Anchor {
        START,
        MIDDLE,
        END;

        private final String word = name().toLowerCase(Locale.ROOT);
    }

    void text(double x, double y, Anchor anchor, String style, String words) {
        body.append("<text x=\"%s\" y=\"%s\"".formatted(number(x), number(y)));
        if (anchor != Anchor.START) {
            body.append(" text-anchor=\"").append(anchor.word).append('"');
        }
        body.append(styled(style)).append('>').append(escape(words)).append("</text>\n");
    }

    void rectangle(double x, double y, double width, double height, String style) {
        body.append(
                "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"%s/>\n"
                        .formatted(
                                number(x),
                                number(y),
                                number(width),
                                number(height),
                                styled(style)));
    }

    void line(double x1, double y1, double x2, double y2, String style) {
        body.append(
                "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"%s/>\n"
                        .formatted(number(x1), number(y1), number(x2), number(y2), styled(style)));
    }

    /// The whole file.
    ///
    /// @param title what a screen reader says first, and a browser shows under the pointer
    /// @param description the picture in words: every row, for who cannot see it
    String document(int width, int height, String title, String description) {
        return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">
        <title id="title">%s</title>
        <desc id="desc">%s</desc>
        %s<rect class="page" width="%d" height="%d"/>
        %s</svg>
        """
                .formatted(
                        width,
                        height,
                        width,
                        height,
                        escape(title),
                        escape(description),
                        STYLE,
                        width,
                        height,
                        body);
    }

    static String escape(String words) {
        return words.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /// One digit after the point is a tenth of a pixel.
    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    private static String styled(String style) {
        return style.isEmpty() ? "" : " class=\"" + style + "\"";
    }
}
