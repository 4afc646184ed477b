package dev.millrace.bench.report;

/// Replaces what stands between two markers in a page and leaves the rest as people wrote it.
public final class Markers {
    private Markers() {}

    /// The page with new content between its markers; both are appended when the page has neither.
    ///
    /// @param name of the section: a page may have several
    /// @throws IllegalArgumentException when only one is there, or they are in the wrong order
    public static String replace(String page, String name, String content) {
        String first = "<!-- %s:begin (written by ./bench --write) -->".formatted(name);
        String last = "<!-- %s:end -->".formatted(name);
        String section = first + "\n\n" + content.strip() + "\n\n" + last;
        int begin = page.indexOf(first);
        int end = page.indexOf(last);
        if (begin < 0 && end < 0) {
            String before = page.isBlank() ? "" : page.stripTrailing() + "\n\n";
            return before + section + "\n";
        }
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("the page needs " + first + " before " + last);
        }
        return page.substring(0, begin) + section + page.substring(end + last.length());
    }
}
