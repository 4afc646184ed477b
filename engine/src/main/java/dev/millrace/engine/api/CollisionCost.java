package dev.millrace.engine.api;

/// What it costs to put elements with these hashes into the client library's `ImplicitLinkedHashCollection`: the same moves on plain
/// numbers, counted.
///
/// The table is open and probes linearly; it begins with room for some elements and doubles when it is half full. To double
/// it takes the elements out one by one, in the order in which they came, and reseats every element behind each in the same run of
/// occupied slots: from its own slot to the first free one.
final class CollisionCost {
    /// As many elements cost little, whatever their keys.
    static final int HARMLESS = 256;

    /// As [#HARMLESS], where there may be many such tables, and none with room to begin with.
    static final int HARMLESS_IN_ANSWERS = 64;

    /// Steps; some tenths of a second of the library's time. So many are 10,000 elements alike with room for them from the beginning.
    static final long BEARABLE = 51_000_000;

    private static final int SMALLEST = 5;

    /// The most that the library's readers begin with.
    static final int READ = 1_000;

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
    /// @param firstRoom for how many elements there is room at first
    static long of(int[] hashes, int firstRoom) {
        var cost = new CollisionCost(hashes);
        cost.fill(firstRoom);
        return cost.steps;
    }

    private void fill(int firstRoom) {
        // A slot holds the number of its element, counted from 1; 0 is free.
        var table = new int[Math.max(SMALLEST, 2 * firstRoom + 1)];
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
