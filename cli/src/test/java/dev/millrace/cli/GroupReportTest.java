package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.cli.cluster.GroupLag;
import dev.millrace.cli.cluster.GroupView;
import dev.millrace.cli.cluster.LagPace;
import dev.millrace.cli.cluster.PartitionLag;
import dev.millrace.cli.cluster.PartitionLag.Flag;
import dev.millrace.cli.cluster.RebalanceHistory.Rebalance;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// What a person sees of a group.
class GroupReportTest {
    private static final TopicPartition READ = new TopicPartition("orders", 0);
    private static final TopicPartition UNREAD = new TopicPartition("orders", 1);
    private static final long NOW_MS = 1_000_000;

    private static GroupLag.Sample sample(PartitionLag... partitions) {
        var assigned = new TreeSet<TopicPartition>((a, b) -> a.partition() - b.partition());
        assigned.add(READ);
        var member =
                new GroupView.Member("m-1", "billing-a", "/10.0.0.7", Optional.empty(), assigned);
        var group =
                new GroupView(
                        "billing",
                        GroupType.CONSUMER,
                        GroupState.STABLE,
                        new Node(1, "kafka", 9092),
                        Optional.of(5),
                        List.of(member));
        return new GroupLag.Sample(group, NOW_MS, List.of(partitions));
    }

    private static PartitionLag behind() {
        return new PartitionLag(
                READ,
                OptionalLong.of(10),
                0,
                1_210,
                OptionalLong.of(1_200),
                OptionalLong.of(NOW_MS - 200_000),
                Set.of(Flag.RETENTION_OVERTOOK));
    }

    private static PartitionLag uncommitted() {
        return new PartitionLag(
                UNREAD,
                OptionalLong.empty(),
                0,
                7,
                OptionalLong.empty(),
                OptionalLong.empty(),
                Set.of(Flag.NO_COMMIT));
    }

    @Test
    void oneLook() {
        assertEquals(
                """
                billing: consumer group, stable, 1 member, coordinator 1 at kafka:9092, epoch 5
                  lag 1,200 records, the oldest unread for 3 min 20 s
                  TOPIC   PARTITION  COMMITTED   END   LAG      OLDEST  CLIENT     HOST      NOTE
                  orders          0         10  1210  1200  3 min 20 s  billing-a  10.0.0.7  retention overtook
                  orders          1          -     7     -           -                       no commit\
                """,
                String.join("\n", new GroupReport(sample(behind(), uncommitted()), null).lines()));
    }

    @Test
    void pacesSayWhenItIsDrained() {
        var report =
                new GroupReport(
                        sample(behind(), uncommitted()), Map.of(READ, new LagPace(21.6, 1.6)));
        assertEquals(
                """
                  TOPIC   PARTITION  COMMITTED   END   LAG      OLDEST  READ/S  WRITTEN/S  DRAINED IN
                  orders          0         10  1210  1200  3 min 20 s      22        1.6       1 min
                  orders          1          -     7     -           -       -          -           -
                """,
                report.lines().subList(2, 5).stream()
                        .map(line ->
                                line.substring(0, Math.min(line.length(), 85)).stripTrailing()
                                        + "\n")
                        .collect(Collectors.joining()));
    }

    @Test
    void membersWithoutPartitionsAreNamedToo() {
        var busy = sample(behind());
        var members = new ArrayList<>(busy.group().members());
        var nothing = Collections.<TopicPartition>emptySortedSet();
        for (int i = 0; i < 7; i++) {
            members.add(
                    new GroupView.Member("i" + i, "spare-" + i, "/h", Optional.empty(), nothing));
        }
        var group = busy.group();
        var crowded =
                new GroupView(
                        group.id(),
                        group.type(),
                        group.state(),
                        group.coordinator(),
                        group.epoch(),
                        members);
        var sample = new GroupLag.Sample(crowded, NOW_MS, busy.partitions());
        assertEquals(
                "  nothing to read: spare-0 at h, spare-1 at h, spare-2 at h, spare-3 at h, spare-4 at h and 2 more",
                new GroupReport(sample, null).lines().getLast());
    }

    @Test
    void nothingToSay() {
        assertEquals(
                "  no committed offsets and no partitions",
                new GroupReport(sample(), null).lines().get(1));
        assertEquals(
                "  lag unknown: nothing is committed yet",
                new GroupReport(sample(uncommitted()), null).lines().get(1));
    }

    @Test
    void json() {
        String json = Json.text(new GroupReport(sample(uncommitted()), null)::write);
        assertEquals(
                "{\"group\":\"billing\",\"type\":\"consumer\",\"state\":\"stable\",\"coordinator\":1,\"epoch\":5,"
                        + "\"atMs\":1000000,\"lag\":0,\"members\":[{\"id\":\"m-1\",\"clientId\":\"billing-a\","
                        + "\"host\":\"/10.0.0.7\",\"partitions\":[{\"topic\":\"orders\",\"partition\":0}]}],"
                        + "\"partitions\":[{\"topic\":\"orders\",\"partition\":1,\"logStart\":0,\"logEnd\":7,"
                        + "\"flags\":[\"no_commit\"]}]}",
                json);
    }

    @Test
    void whyShowsTheLastOnesNewestLast() {
        var recorded = new Recorded();
        var all =
                List.of(
                        new Rebalance("2026-11-21T08:00:00.123Z", 4, "MEMBER_JOINED", "a joined"),
                        new Rebalance("2026-11-21T09:00:00.9Z", 5, "MEMBER_LEFT", "a left"),
                        new Rebalance("soon", 11, "SOMETHING_NEW", ""));
        GroupWhy.print("billing", all, 2, recorded.terminal);
        assertEquals(
                """
                billing: the last 2 rebalances, newest last
                  WHEN                  EPOCH  WHY
                  2026-11-21T09:00:00Z      5  a left
                  soon                     11  SOMETHING_NEW
                """,
                recorded.out());
    }
}
