package dev.millrace.bench.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Cells in columns, as aligned text for a terminal or as a Markdown table.
public final class Table {
    private final List<String> head;
    private final List<List<String>> rows = new ArrayList<>();
    private final int leftAligned;

    /// @param leftAligned how many columns from the left hold words; the others hold figures
    public Table(List<String> head, int leftAligned) {
        this.head = List.copyOf(head);
        this.leftAligned = leftAligned;
    }

    public void add(List<String> row) {
        if (row.size() != head.size()) {
            throw new IllegalArgumentException(
                    row.size() + " cells in a table of " + head.size() + " columns");
        }
        rows.add(List.copyOf(row));
    }

    public String text() {
        StringBuilder out = new StringBuilder();
        int[] widths = widths();
        appendText(out, head, widths);
        for (int i = 0; i < widths.length; i++) {
            out.append("-".repeat(widths[i])).append(i == widths.length - 1 ? "\n" : "  ");
        }
        rows.forEach(row -> appendText(out, row, widths));
        return out.toString();
    }

    public String markdown() {
        StringBuilder out = new StringBuilder();
        appendMarkdown(out, head);
        List<String> rule = new ArrayList<>(Collections.nCopies(leftAligned, "---"));
        rule.addAll(Collections.nCopies(head.size() - leftAligned, "---:"));
        appendMarkdown(out, rule);
        rows.forEach(row -> appendMarkdown(out, row));
        return out.toString();
    }

    private int[] widths() {
        int[] widths = new int[head.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] =
                    Math.max(
                            head.get(i).length(),
                            rows.stream()
                                    .mapToInt(row -> row.get(column).length())
                                    .max()
                                    .orElse(0));
        }
        return widths;
    }

    private void appendText(StringBuilder out, List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - row.get(i).length());
            line.append(i < leftAligned ? row.get(i) + padding : padding + row.get(i)).append("  ");
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }

    private static void appendMarkdown(StringBuilder out, List<String> row) {
        out.append("| ");
        out.append(String.join(" | ", row.stream().map(cell -> cell.replace("|", "\\|")).toList()));
        out.append(" |\n");
    }
}
