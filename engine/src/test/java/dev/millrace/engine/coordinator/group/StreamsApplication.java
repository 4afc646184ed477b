package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;

/// A streams application, its topics, and who looks after them.
///
/// ```
///   t ──> 0 ──> r (as many partitions as t) ──> 1, with a store that is logged to c
///   u ──> 2
/// ```
/// Tasks are written with their role: `a0_3` is active, `s1_0` a standby, `w1_0` a warm-up.
final class StreamsApplication {
    private static final int MOST_PARTITIONS = 9;

    private final ConsumerWorld world;

    StreamsApplication(ConsumerWorld world) {
        this.world = world;
        world.metadata.topic("t", 3, 1);
        world.metadata.topic("u", 2, 1);
    }

    static Topology topology() {
        return new Topology()
                .setSubtopologies(
                        List.of(
                                new Subtopology()
                                        .setSubtopologyId("0")
                                        .setSourceTopics(List.of("t"))
                                        .setRepartitionSinkTopics(List.of("r")),
                                new Subtopology()
                                        .setSubtopologyId("1")
                                        .setRepartitionSourceTopics(
                                                List.of(new TopicInfo().setName("r")))
                                        .setStateChangelogTopics(
                                                List.of(new TopicInfo().setName("c"))),
                                new Subtopology()
                                        .setSubtopologyId("2")
                                        .setSourceTopics(List.of("u"))));
    }

    // ---- its topics

    private int partitions(String name) {
        TopicImage topic = world.image().topics().byName(name);
        return topic == null ? 0 : topic.partitions().size();
    }

    void create(List<CreatableTopic> missing) {
        for (CreatableTopic topic : missing) {
            if (partitions(topic.name()) == 0) {
                world.metadata.topic(topic.name(), topic.numPartitions(), 1);
            }
        }
    }

    /// The topic that it reads gets another partition: the others are wrong until somebody has seen to them.
    void grow() {
        if (partitions("t") < MOST_PARTITIONS) {
            world.metadata.grow("t");
        }
    }

    void lose() {
        if (partitions("u") > 0) {
            world.metadata.removeTopic(world.topicId("u"));
        }
    }

    void repair() {
        if (partitions("u") == 0) {
            world.metadata.topic("u", 2, 1);
        }
        for (String internal : List.of("r", "c")) {
            while (partitions(internal) > 0 && partitions(internal) < partitions("t")) {
                world.metadata.grow(internal);
            }
        }
    }

    // ---- its tasks

    /// Those that somebody must run when every topic is there.
    SortedSet<String> active() {
        var tasks = new TreeSet<String>();
        add(tasks, "a0_", partitions("t"));
        add(tasks, "a1_", partitions("t"));
        add(tasks, "a2_", partitions("u"));
        return tasks;
    }

    /// Those that have a store, without their role.
    SortedSet<String> stateful() {
        var tasks = new TreeSet<String>();
        add(tasks, "1_", partitions("t"));
        return tasks;
    }

    private static void add(SortedSet<String> tasks, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            tasks.add(prefix + i);
        }
    }

    /// Those of one role, as a member says it.
    static List<TaskIds> ids(SortedSet<String> tasks, char role) {
        SortedMap<String, List<Integer>> partitions = new TreeMap<>();
        for (String task : tasks) {
            if (task.charAt(0) == role) {
                partitions
                        .computeIfAbsent(task.substring(1, 2), _ -> new ArrayList<>())
                        .add(Integer.parseInt(task.substring(3)));
            }
        }
        var ids = new ArrayList<TaskIds>();
        partitions.forEach(
                (id, of) -> ids.add(new TaskIds().setSubtopologyId(id).setPartitions(of)));
        return ids;
    }

    /// All of an answer that brings tasks.
    static SortedSet<String> told(StreamsGroupHeartbeatResponseData answer) {
        var tasks = new TreeSet<String>();
        told(tasks, 'a', answer.activeTasks());
        told(tasks, 's', answer.standbyTasks());
        told(tasks, 'w', answer.warmupTasks());
        return tasks;
    }

    private static void told(
            SortedSet<String> tasks,
            char role,
            List<StreamsGroupHeartbeatResponseData.TaskIds> told) {
        for (StreamsGroupHeartbeatResponseData.TaskIds ids : told) {
            ids.partitions().forEach(index -> tasks.add(role + ids.subtopologyId() + "_" + index));
        }
    }
}
