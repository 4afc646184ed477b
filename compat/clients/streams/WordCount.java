import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Counts words by Kafka Streams with a state store, a repartition topic and a changelog. At least once, or exactly: a word's state is the
 * set of its occurrences, so that one that comes twice counts once, and beside it how many came at all.
 *
 * <p>Input: lines "NUMBER word word ...", the number of each line its own. Output: word to "DISTINCT ALL".
 */
public final class WordCount {
    private static final int MOST_WORDS = 16;

    public static void main(String[] words) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (String word : words) options.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
        KafkaStreams streams = new KafkaStreams(topology(options).build(), config(options));
        streams.setStateListener((now, before) -> System.out.println(now));
        streams.setUncaughtExceptionHandler(
                e -> {
                    e.printStackTrace();
                    return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
                });
        streams.start();
        while (System.in.read() >= 0) {
            // nothing is said: the end of the input is the word to leave
        }
        streams.close(Duration.ofSeconds(30));
        System.exit(0);
    }

    private static StreamsBuilder topology(Map<String, String> options) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(options.get("input"), Consumed.with(Serdes.ByteArray(), Serdes.String()))
                .flatMap((key, line) -> occurrences(line))
                .groupByKey(Grouped.with("by-word", Serdes.String(), Serdes.Integer()))
                .aggregate(
                        () -> new byte[Long.BYTES],
                        (word, occurrence, state) -> with(state, occurrence),
                        Materialized.<String, byte[], KeyValueStore<Bytes, byte[]>>as("occurrences")
                                .withKeySerde(Serdes.String())
                                .withValueSerde(Serdes.ByteArray()))
                .toStream()
                .mapValues(state -> bits(state).cardinality() + " " + ByteBuffer.wrap(state).getLong())
                .to(options.get("output"), Produced.with(Serdes.String(), Serdes.String()));
        return builder;
    }

    private static List<KeyValue<String, Integer>> occurrences(String line) {
        String[] words = line.split(" ");
        List<KeyValue<String, Integer>> occurrences = new ArrayList<>();
        for (int i = 1; i < words.length; i++) {
            occurrences.add(KeyValue.pair(words[i], Integer.parseInt(words[0]) * MOST_WORDS + i));
        }
        return occurrences;
    }

    /** A state: how many came, 8 bytes, and which, a bit each. */
    private static byte[] with(byte[] state, int occurrence) {
        BitSet bits = bits(state);
        bits.set(occurrence);
        byte[] set = bits.toByteArray();
        return ByteBuffer.allocate(Long.BYTES + set.length).putLong(ByteBuffer.wrap(state).getLong() + 1).put(set).array();
    }

    private static BitSet bits(byte[] state) {
        return BitSet.valueOf(ByteBuffer.wrap(state, Long.BYTES, state.length - Long.BYTES));
    }

    private static Properties config(Map<String, String> options) {
        Properties config = new Properties();
        config.put("bootstrap.servers", options.get("bootstrap"));
        config.put("application.id", options.get("application"));
        config.put("group.protocol", options.get("protocol"));
        config.put("state.dir", options.get("state"));
        config.put("processing.guarantee", options.get("guarantee"));
        config.put("num.stream.threads", 2);
        // What is forwarded at once and committed later, a kill makes come again.
        config.put("statestore.cache.max.bytes", 0);
        config.put("commit.interval.ms", 1_000);
        if (options.get("guarantee").equals("exactly_once_v2")) {
            // A killed process leaves its transaction open, and whoever reads what is committed waits for it to time out.
            config.put("commit.interval.ms", 200);
            config.put("producer.transaction.timeout.ms", 10_000);
        }
        config.put("replication.factor", 1);
        config.put("consumer.auto.offset.reset", "earliest");
        if (options.get("protocol").equals("classic")) {
            config.put("consumer.session.timeout.ms", options.get("session"));
            config.put("consumer.heartbeat.interval.ms", options.get("heartbeat"));
        }
        return config;
    }
}
