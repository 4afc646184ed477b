package dev.millrace.cli;

import java.util.ArrayList;
import java.util.List;

/// Columns as wide as what is in them, two spaces apart; numbers to the right.
final class Table {
    private static final String GAP = "  ";

    private record Column(String name, boolean right) {}

    private final List<Column> columns = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    Table left(String name) {
        columns.add(new Column(name, false));
        return this;
    }

    Table right(String name) {
        columns.add(new Column(name, true));
        return this;
    }

    void row(List<String> cells) {
        rows.add(List.copyOf(cells));
    }

    /// The header and the rows, each a line without spaces at its end; a column that is empty in every row is left out.
    List<String> lines(String indent) {
        var lines = new ArrayList<String>();
        lines.add(line(columns.stream().map(Column::name).toList(), indent));
        rows.forEach(row -> lines.add(line(row, indent)));
        return lines;
    }

    private String line(List<String> cells, String indent) {
        var line = new StringBuilder(indent);
        for (int at = 0; at < cells.size(); at++) {
            int width = width(at);
            if (width == 0) {
                continue;
            }
            int padding = width - cells.get(at).length();
            boolean right = columns.get(at).right();
            line.repeat(' ', right ? padding : 0).append(cells.get(at));
            line.repeat(' ', right ? 0 : padding).append(GAP);
        }
        return line.toString().stripTrailing();
    }

    /// 0 for a column to be left out.
    private int width(int column) {
        int widest = rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(1);
        return widest == 0 ? 0 : Math.max(widest, columns.get(column).name().length());
    }
}
