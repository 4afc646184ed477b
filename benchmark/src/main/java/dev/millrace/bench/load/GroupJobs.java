package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.Rebalances;
import dev.millrace.bench.load.LoadJob.StartGroups;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Groups that stay between two jobs, so that the broker can be watched while they only live.
final class GroupJobs {
    private static final long PATIENCE_S = 120;
    private static final long LOOK_NS = TimeUnit.MICROSECONDS.toNanos(500);
    // The leader's JoinGroup answer holds all members' subscriptions: some hundred bytes each.
    private static final int RESPONSE_BYTES_A_MEMBER = 512;
    private static final int RESPONSE_BYTES = 4_096;
    private static final Duration LEAVE_PATIENCE = Duration.ofSeconds(20);

    /// Members by group; of the load process's one thread.
    private final Map<String, List<GroupMember>> groups = new LinkedHashMap<>();

    /// Returns when every member of every group has its share.
    LoadResult start(StartGroups job) throws IOException, InterruptedException {
        stop();
        try (var connection = new GroupConnection(job.target().port(), RESPONSE_BYTES)) {
            OffsetJobs.awaitCoordinator(connection, job.name() + "-0");
        }
        long startedNs = System.nanoTime();
        for (int i = 0; i < job.groups(); i++) {
            String group = job.name() + "-" + i;
            List<GroupMember> members = new ArrayList<>();
            groups.put(group, members);
            for (int member = 0; member < job.members(); member++) members.add(join(job, group));
        }
        for (List<GroupMember> members : groups.values()) awaitStable(members, job, 1);
        return LoadResult.moved(job.groups(), 0, System.nanoTime() - startedNs);
    }

    private static GroupMember join(StartGroups job, String group) throws IOException {
        int responseBytes = RESPONSE_BYTES + job.members() * RESPONSE_BYTES_A_MEMBER;
        GroupMember member =
                GroupMember.of(job.kind(), job.target(), group, job.heartbeatMs(), responseBytes);
        member.start();
        return member;
    }

    /// One more member comes, and goes again, so many times: how long until all are stable after it came.
    LoadResult rebalance(Rebalances job) throws IOException, InterruptedException {
        start(job.group());
        List<GroupMember> members = groups.values().iterator().next();
        double[] elapsedMs = new double[job.times()];
        for (int i = -job.warmTimes(); i < job.times(); i++) {
            long startedNs = System.nanoTime();
            GroupMember another = join(job.group(), job.group().name() + "-0");
            members.add(another);
            awaitStable(members, job.group(), firstEpoch(another));
            if (i >= 0) elapsedMs[i] = (System.nanoTime() - startedNs) / 1e6;
            int before = another.epoch();
            another.leaveSoon();
            members.remove(another);
            awaitStable(members, job.group(), before + 1);
            another.awaitEnd(LEAVE_PATIENCE);
            another.close();
        }
        stop();
        Arrays.sort(elapsedMs);
        return new LoadResult(
                "", job.times(), 0, 0, 0, 0, 0, Map.of("p50", elapsedMs[job.times() / 2]));
    }

    private static int firstEpoch(GroupMember member) throws IOException, InterruptedException {
        await(() -> member.epoch() > 0, List.of(member));
        return member.epoch();
    }

    /// All have come to an epoch, the same one, each has a share, and all partitions are dealt out. (A new member may be told the
    /// old epoch and nothing else at first: Kafka computes assignments a little later.)
    private static void awaitStable(List<GroupMember> members, StartGroups job, int epoch)
            throws IOException, InterruptedException {
        await(() -> stable(members, job, epoch), members);
    }

    private static boolean stable(List<GroupMember> members, StartGroups job, int least) {
        int epoch = members.getFirst().epoch();
        int owned = 0;
        for (GroupMember member : members) {
            if (member.epoch() < least || member.epoch() != epoch || member.owned() == 0)
                return false;
            owned += member.owned();
        }
        return owned == job.target().partitions();
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition, List<GroupMember> members)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.holds()) {
            for (GroupMember member : members) {
                if (!member.failure().isEmpty())
                    throw new IOException("a member failed: " + member.failure());
            }
            if (System.nanoTime() > end)
                throw new IOException("the group was not stable after " + PATIENCE_S + " s");
            if (Thread.interrupted()) throw new InterruptedException();
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /// All leave; those that cannot are cut off.
    LoadResult stop() throws IOException, InterruptedException {
        List<GroupMember> all = groups.values().stream().flatMap(List::stream).toList();
        all.forEach(GroupMember::leaveSoon);
        for (GroupMember member : all) {
            member.awaitEnd(LEAVE_PATIENCE);
            member.close();
        }
        groups.clear();
        return LoadResult.moved(0, 0, 0);
    }
}
