package dev.millrace.bench.report;

/// Replaces what stands between two markers in a page and leaves the rest as people wrote it.
public final class Markers {
    public static final String BEGIN = "<!-- bench:begin (written by ./bench.sh --write) -->";
    public static final String END = "<!-- bench:end -->";

    private Markers() {}

    /// The page with new content between its markers; both are appended when the page has neither.
    ///
    /// @throws IllegalArgumentException when only one is there, or they are in the wrong order
    public static String replace(String page, String content) {
        String section = BEGIN + "\n\n" + content.strip() + "\n\n" + END;
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        if (begin < 0 && end < 0) {
            String before = page.isBlank() ? "" : page.stripTrailing() + "\n\n";
            return before + section + "\n";
        }
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("the page needs " + BEGIN + " before " + END);
        }
        return page.substring(0, begin) + section + page.substring(end + END.length());
    }
}
