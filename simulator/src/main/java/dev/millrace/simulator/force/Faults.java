package dev.millrace.simulator.force;

import dev.millrace.simulator.force.Roads.Pair;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Draws faults and does them, one after the other on each of two tracks: what happens to processes, and what happens to roads
/// and disks at the same time. What comes, where, and how long it is meant to last is decided by the seed.
final class Faults {
    /// Between two faults of a track: time to get something done.
    private static final int LONGEST_GAP_MS = 6_000;

    private static final int LONGEST_PAUSE_MS = 15_000;
    private static final int CUT_MS = 12_000;

    private final Map<Integer, Machine> machines;
    private final Roads roads;
    private final Map<String, Integer> counts = new ConcurrentSkipListMap<>();
    private final Map<String, String> now = new ConcurrentSkipListMap<>();
    private final List<String> story = new ArrayList<>();
    private final long beganNs = System.nanoTime();
    private volatile @Nullable Exception failure;
    private volatile boolean stopped;

    /// A step of a fault, or a wait.
    private interface Act {
        void run(SplittableRandom chance) throws IOException, InterruptedException;
    }

    Faults(Map<Integer, Machine> machines, Roads roads) {
        this.machines = machines; // complete when faults begin
        this.roads = roads;
    }

    /// Begins both tracks; they end with the faults that go on when [#stop] is called.
    List<Thread> begin(SplittableRandom chance) {
        Map<String, Act> ofProcesses = ofProcesses();
        Map<String, Act> ofRoads = ofRoads();
        if (machines.values().stream().anyMatch(Machine::hasSmallDisk)) {
            ofRoads.put("full disk", this::fullDisk);
        }
        return List.of(
                track("processes", ofProcesses, chance.split()),
                track("roads", ofRoads, chance.split()));
    }

    void stop() {
        stopped = true;
    }

    /// How many there were of each kind.
    Map<String, Integer> counts() {
        return new TreeMap<>(counts);
    }

    /// Something that a fault has brought about, and may.
    void count(String consequence) {
        counts.merge(consequence, 1, Integer::sum);
        say(consequence);
    }

    /// What goes on at this moment.
    List<String> now() {
        return List.copyOf(now.values());
    }

    /// Everything that was done, with the seconds since the beginning.
    List<String> story() {
        synchronized (story) {
            return List.copyOf(story);
        }
    }

    /// Why a fault could not be done; null when all could.
    @Nullable Exception failure() {
        return failure;
    }

    private Thread track(String name, Map<String, Act> kinds, SplittableRandom chance) {
        List<String> names = List.copyOf(kinds.keySet());
        return Thread.ofVirtual()
                .name(name)
                .start(() -> {
                    try {
                        while (!stopped) {
                            pause(chance.nextInt(LONGEST_GAP_MS));
                            String kind = names.get(chance.nextInt(names.size()));
                            Act act = kinds.get(kind);
                            if (!stopped && act != null) {
                                counts.merge(kind, 1, Integer::sum);
                                now.put(name, kind);
                                act.run(chance.split());
                                now.remove(name);
                            }
                        }
                    } catch (IOException e) {
                        failure = e;
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    private void say(String words) {
        synchronized (story) {
            story.add("%7.3f  %s".formatted((System.nanoTime() - beganNs) / 1e9, words));
        }
    }

    /// Ends early when the faults are to end.
    private void pause(int ms) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        while (!stopped && System.nanoTime() < endNs) {
            TimeUnit.MILLISECONDS.sleep(Math.min(20, ms));
        }
    }

    private Machine any(SplittableRandom chance) {
        return machine(List.copyOf(machines.keySet()).get(chance.nextInt(machines.size())));
    }

    private Machine machine(int id) {
        Machine machine = machines.get(id);
        if (machine == null) {
            throw new IllegalArgumentException("no machine " + id);
        }
        return machine;
    }

    // ---- processes

    private Map<String, Act> ofProcesses() {
        Map<String, Act> kinds = new TreeMap<>();
        kinds.put("kill", chance -> kill(any(chance), chance));
        kinds.put("kill in the start", this::killInTheStart);
        kinds.put(
                "kill of several",
                chance -> killSome(chance.nextInt(2, machines.size() + 1), chance));
        kinds.put("pause", this::pauseOne);
        kinds.put("clean stop", this::cleanStop);
        return kinds;
    }

    private void kill(Machine machine, SplittableRandom chance)
            throws IOException, InterruptedException {
        say("kill -9 machine " + machine.id);
        machine.kill();
        pause(chance.nextInt(6_000));
        say("start machine " + machine.id);
        machine.start();
    }

    private void killInTheStart(SplittableRandom chance) throws IOException, InterruptedException {
        Machine machine = any(chance);
        say("kill -9 machine " + machine.id + ", and again while it starts");
        machine.kill();
        machine.start();
        pause(chance.nextInt(2_000));
        kill(machine, chance);
    }

    private void killSome(int howMany, SplittableRandom chance)
            throws IOException, InterruptedException {
        List<Machine> some = new ArrayList<>(machines.values());
        while (some.size() > howMany) {
            some.remove(chance.nextInt(some.size()));
        }
        for (Machine machine : some) {
            say("kill -9 machine " + machine.id);
            machine.kill();
            pause(chance.nextInt(500));
        }
        pause(chance.nextInt(2_000));
        for (Machine machine : some) {
            say("start machine " + machine.id);
            machine.start();
            pause(chance.nextInt(1_000));
        }
    }

    private void pauseOne(SplittableRandom chance) throws IOException, InterruptedException {
        Machine machine = any(chance);
        say("SIGSTOP machine " + machine.id);
        machine.signal("STOP");
        pause(chance.nextInt(1_000, LONGEST_PAUSE_MS));
        say("SIGCONT machine " + machine.id);
        machine.signal("CONT");
    }

    private void cleanStop(SplittableRandom chance) throws IOException, InterruptedException {
        Machine machine = any(chance);
        say("SIGTERM machine " + machine.id);
        boolean byItself = machine.stop();
        say("machine " + machine.id + (byItself ? " has stopped" : " had to be killed"));
        if (!byItself) {
            counts.merge("clean stop that had to be killed", 1, Integer::sum);
        }
        pause(chance.nextInt(3_000));
        say("start machine " + machine.id);
        machine.start();
    }

    // ---- roads, disks

    private Map<String, Act> ofRoads() {
        Map<String, Act> kinds = new TreeMap<>();
        kinds.put("cut off", chance -> cut(chance, true, true));
        kinds.put("cut off for sending", chance -> cut(chance, true, false));
        kinds.put("cut off for hearing", chance -> cut(chance, false, true));
        kinds.put("cut between two", this::cutBetweenTwo);
        kinds.put("storm", this::storm);
        kinds.put("narrow road", this::narrow);
        return kinds;
    }

    private void cut(SplittableRandom chance, boolean sending, boolean hearing)
            throws InterruptedException {
        Machine machine = any(chance);
        boolean clientsToo = chance.nextBoolean();
        List<Pair> cut = new ArrayList<>();
        for (Pair pair : roads.from(machine.id, clientsToo)) {
            if (sending) {
                cut.add(pair);
            }
            if (hearing) {
                cut.add(pair.reversed());
            }
        }
        closed(cut, chance, clientsToo ? ", from clients, too" : "");
    }

    private void cutBetweenTwo(SplittableRandom chance) throws InterruptedException {
        List<Integer> ids = new ArrayList<>(machines.keySet());
        int left = ids.get(chance.nextInt(ids.size()));
        ids.removeIf(id -> id == left);
        var pair = new Pair(ids.getFirst(), ids.getLast());
        closed(List.of(pair, pair.reversed()), chance, "");
    }

    private void closed(List<Pair> pairs, SplittableRandom chance, String more)
            throws InterruptedException {
        say("closed: " + words(pairs) + more);
        pairs.forEach(pair -> roads.road(pair).close());
        pause(chance.nextInt(1_000, CUT_MS));
        boolean reset = chance.nextBoolean();
        if (reset) {
            roads.breakOff(new HashSet<>(pairs));
        }
        roads.heal();
        say("open: " + words(pairs) + (reset ? ", connections reset" : ""));
    }

    private void storm(SplittableRandom chance) throws InterruptedException {
        say("everything is late, and connections break");
        int worst = chance.nextInt(50, 600);
        int rounds = chance.nextInt(5, 25);
        for (int i = 0; i < rounds && !stopped; i++) {
            for (Pair pair : roads.all()) {
                roads.road(pair).delay(chance.nextInt(worst));
            }
            if (chance.nextInt(3) == 0) {
                List<Pair> all = roads.all();
                roads.breakOff(new HashSet<>(List.of(all.get(chance.nextInt(all.size())))));
            }
            pause(chance.nextInt(50, 400));
        }
        roads.heal();
        say("the storm is over");
    }

    private void narrow(SplittableRandom chance) throws InterruptedException {
        Machine machine = any(chance);
        int width = chance.nextInt(2_000, 50_000);
        say("roads from machine %d carry %d bytes a second".formatted(machine.id, width));
        roads.from(machine.id, false).forEach(pair -> roads.road(pair).narrow(width));
        pause(chance.nextInt(2_000, 8_000));
        roads.heal();
        say("roads from machine " + machine.id + " are wide again");
    }

    private void fullDisk(SplittableRandom chance) throws IOException, InterruptedException {
        List<Machine> small = machines.values().stream().filter(Machine::hasSmallDisk).toList();
        Machine machine = small.get(chance.nextInt(small.size()));
        long leave = chance.nextInt(3) == 0 ? 0 : chance.nextInt(TortureRun.RESERVE_BYTES);
        say("the disk of machine %d is full but for %d bytes".formatted(machine.id, leave));
        machine.fill(leave);
        pause(chance.nextInt(2_000, 10_000));
        machine.empty();
        say("the disk of machine " + machine.id + " has room again");
    }

    private static String words(List<Pair> pairs) {
        StringBuilder words = new StringBuilder();
        for (Pair pair : pairs) {
            words.append(words.isEmpty() ? "" : ", ")
                    .append(who(pair.from()))
                    .append(" to ")
                    .append(who(pair.to()));
        }
        return words.toString();
    }

    private static String who(int id) {
        return id == Roads.CLIENTS ? "clients" : Integer.toString(id);
    }
}
