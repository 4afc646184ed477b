package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// The batch of each producer from which its state is made anew: its last one of data, or where its epoch has had none yet, the marker
/// that began the epoch.
final class LastOfProducer {
    private record Last(long offset, short epoch) {}

    private final Map<Long, Last> producers = new HashMap<>();

    LastOfProducer(Collection<ProducerState> all) {
        for (ProducerState each : all) {
            producers.put(each.producerId(), new Last(each.lastOffset(), each.epoch()));
        }
    }

    boolean is(ByteBuffer b, int at) {
        Last last = producers.get(BatchHeader.producerId(b, at));
        if (last == null) {
            return false;
        }
        return last.offset >= 0
                ? last.offset == BatchHeader.lastOffset(b, at)
                : BatchHeader.control(b, at) && BatchHeader.producerEpoch(b, at) == last.epoch;
    }
}
