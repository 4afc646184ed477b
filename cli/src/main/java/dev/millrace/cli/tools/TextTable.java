package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import java.util.ArrayList;
import java.util.List;

/// A table in the form of Kafka's tools: a column is as wide as its longest cell but not narrower than a minimum, and one space
/// stands between columns. A minimum of 0 for the last column leaves it without padding.
final class TextTable {
    private record Column(String name, int minimum, boolean grows) {}

    private final List<Column> columns = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    TextTable column(String name, int minimum) {
        columns.add(new Column(name, minimum, true));
        return this;
    }

    /// A column that keeps its width whatever is in it.
    TextTable fixed(String name, int width) {
        columns.add(new Column(name, width, false));
        return this;
    }

    void row(List<String> cells) {
        rows.add(cells);
    }

    /// Prints the header and the rows.
    void print(Terminal terminal) {
        line(columns.stream().map(Column::name).toList(), terminal);
        rows.forEach(row -> line(row, terminal));
    }

    private void line(List<String> cells, Terminal terminal) {
        var line = new StringBuilder();
        for (int at = 0; at < cells.size(); at++) {
            String cell = cells.get(at);
            line.append(cell);
            if (at + 1 < cells.size() || columns.get(at).minimum() > 0) {
                line.repeat(' ', Math.max(0, width(at) - cell.length()));
            }
            if (at + 1 < cells.size()) {
                line.append(' ');
            }
        }
        terminal.line(line.toString());
    }

    private int width(int column) {
        int width = columns.get(column).minimum();
        if (!columns.get(column).grows()) {
            return width;
        }
        for (List<String> row : rows) {
            width = Math.max(width, row.get(column).length());
        }
        return width;
    }
}
