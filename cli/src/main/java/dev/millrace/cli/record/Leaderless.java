package dev.millrace.cli.record;

import dev.millrace.cli.Terminal;
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
    private final LeaderNews news;
    private long lastNs = System.nanoTime();

    Leaderless(Consumer<?, ?> consumer, Terminal terminal) {
        this.consumer = consumer;
        this.news = new LeaderNews(terminal, "of it can be read");
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
                    news.look(info);
                }
            }
        }
    }
}
