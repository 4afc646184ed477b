package dev.millrace.engine.api;

/// What it costs the client library to read elements with these hashes into its `ImplicitLinkedHashCollection`: the same moves on
/// plain numbers, counted.
///
/// The table is open and probes linearly; it begins with room for at most 1,000 elements and doubles when it is half full. To double
/// it takes the elements out one by one, in the order in which they came, and reseats every element behind each in the same run of
/// occupied slots: from its own slot to the first free one.
final class CollisionCost {
    /// As many elements cost little, whatever their keys.
    static final int HARMLESS = 256;

    /// Steps; some tenths of a second of the library's time.
    static final long BEARABLE = 50_000_000;

    private static final int FIRST_ROOM = 1_000;

    private final int[] hashes;

    /// Where each element stands.
    private final int[] slots;

    private long steps;

    private CollisionCost(int[] hashes) {
        this.hashes = hashes;
        this.slots = new int[hashes.length];
    }

    /// Steps, or a number above [#BEARABLE] as soon as it is that many.
    ///
    /// @param hashes in the order of insertion
    static long of(int[] hashes) {
        var cost = new CollisionCost(hashes);
        cost.fill();
        return cost.steps;
    }

    private void fill() {
        // A slot holds the number of its element, counted from 1; 0 is free.
        var table = new int[2 * Math.min(hashes.length, FIRST_ROOM) + 1];
        for (int element = 0; element < hashes.length && steps <= BEARABLE; element++) {
            if (element + 1 >= table.length / 2) {
                table = doubled(table, element);
            }
            add(table, element);
        }
    }

    private int[] doubled(int[] table, int size) {
        var twice = new int[2 * table.length + 1];
        for (int element = 0; element < size && steps <= BEARABLE; element++) {
            remove(table, slots[element]);
            add(twice, element);
        }
        return twice;
    }

    private void add(int[] table, int element) {
        int slot = free(table, element, -1);
        table[slot] = element + 1;
        slots[element] = slot;
    }

    private void remove(int[] table, int slot) {
        table[slot] = 0;
        for (int next = after(table, slot); table[next] != 0; next = after(table, next)) {
            int element = table[next] - 1;
            int better = free(table, element, next);
            if (better != next) {
                table[next] = 0;
                table[better] = element + 1;
                slots[element] = better;
            }
        }
    }

    /// The first slot from the element's own on that is free, or is `present`.
    private int free(int[] table, int element, int present) {
        int slot = (hashes[element] & Integer.MAX_VALUE) % table.length;
        for (; slot != present && table[slot] != 0; slot = after(table, slot)) {
            steps++;
        }
        steps++;
        return slot;
    }

    private static int after(int[] table, int slot) {
        return slot + 1 == table.length ? 0 : slot + 1;
    }
}
