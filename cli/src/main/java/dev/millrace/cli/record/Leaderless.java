package dev.millrace.cli.record;

import dev.millrace.cli.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/// Says of partitions that nobody leads why nothing of them comes. To the consumer this is a reason to wait, and it waits in silence.
final class Leaderless implements Receiver.Idle {
    private static final long LOOK_AGAIN_NS = 5_000_000_000L;

    private final Consumer<?, ?> consumer;
    private final Terminal terminal;
    private final Set<String> told = new TreeSet<>();
    private long lastNs = System.nanoTime();

    Leaderless(Consumer<?, ?> consumer, Terminal terminal) {
        this.consumer = consumer;
        this.terminal = terminal;
    }

    @Override
    public void poll() {
        if (System.nanoTime() - lastNs >= LOOK_AGAIN_NS) {
            look();
        }
    }

    /// Looks at the partitions that are read, as the consumer knows them now.
    void look() {
        lastNs = System.nanoTime();
        Set<TopicPartition> read = consumer.assignment();
        var topics = new TreeSet<String>();
        read.forEach(each -> topics.add(each.topic()));
        for (String topic : topics) {
            List<PartitionInfo> infos = consumer.partitionsFor(topic);
            for (PartitionInfo info : infos == null ? List.<PartitionInfo>of() : infos) {
                if (read.contains(new TopicPartition(topic, info.partition()))) {
                    look(info);
                }
            }
        }
    }

    private void look(PartitionInfo info) {
        String name = info.topic() + "-" + info.partition();
        boolean led = info.leader() != null && !info.leader().isEmpty();
        if (led) {
            if (told.remove(name)) {
                terminal.err().println(name + " has a leader again");
            }
        } else if (told.add(name)) {
            terminal.err()
                    .println(
                            name
                                    + " has no leader, so nothing of it can be read: waiting for one. "
                                    + why(info));
        }
    }

    private static String why(PartitionInfo info) {
        var offline = new ArrayList<String>();
        for (var node : info.offlineReplicas()) {
            offline.add(node.idString());
        }
        return offline.isEmpty()
                ? "(`millrace cluster` tells which brokers run.)"
                : "(Offline on broker %s: it is stopped, or cannot use that log; its own log says why.)"
                        .formatted(String.join(", ", offline));
    }
}
