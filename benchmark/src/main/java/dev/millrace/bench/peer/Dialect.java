package dev.millrace.bench.peer;

import java.util.Map;

/// How a side spells what the benchmark asks of a topic.
public enum Dialect {
    KAFKA {
        @Override
        public Map<String, String> topicConfigs(FlushMode flush) {
            return flush == FlushMode.ACK ? Map.of("flush.messages", "1") : Map.of();
        }
    },
    MILLRACE {
        @Override
        public Map<String, String> topicConfigs(FlushMode flush) {
            return Map.of("millrace.flush", flush.label());
        }
    },
    /// Not a broker: has no topics, answers raw requests only.
    FLOOR {
        @Override
        public Map<String, String> topicConfigs(FlushMode flush) {
            return Map.of();
        }
    };

    public abstract Map<String, String> topicConfigs(FlushMode flush);
}
