package dev.millrace.engine.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;

/// Whole request frames, without their length: valid ones of every API and version, and damaged ones.
public final class RandomFrames {
    /// One API in one version.
    public record Target(ApiKeys api, short version) {
        @Override
        public String toString() {
            return api.name + " v" + version;
        }
    }

    private final Random random;
    private final RandomMessages messages;
    private final List<Target> targets;

    /// @param names as for [RandomMessages]
    public RandomFrames(long seed, Collection<ApiKeys> apis, String... names) {
        this.random = new Random(seed);
        this.messages = new RandomMessages(random, names);
        this.targets = targets(apis);
    }

    /// Every version of these APIs, unstable ones included.
    public static List<Target> targets(Collection<ApiKeys> apis) {
        var targets = new ArrayList<Target>();
        for (ApiKeys api : apis) {
            for (short version : api.allVersions()) {
                targets.add(new Target(api, version));
            }
        }
        return List.copyOf(targets);
    }

    /// A valid request of each API and version in turn, `round` after round.
    public ByteBuffer valid(int round) {
        return valid(targets.get(round % targets.size()));
    }

    public ByteBuffer valid(Target target) {
        ByteBuffer body = messages.encoded(target.api.messageType.requestSchemas()[target.version]);
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(target.api.id)
                        .setRequestApiVersion(target.version)
                        .setCorrelationId(random.nextInt())
                        .setClientId(random.nextInt(4) == 0 ? null : messages.string());
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(
                                header, target.api.requestHeaderVersion(target.version))
                        .buffer();
        return ByteBuffer.allocate(head.remaining() + body.remaining()).put(head).put(body).flip();
    }

    /// A valid request with one kind of damage done to it; some damage leaves it valid.
    public ByteBuffer damaged(int round) {
        return Damage.of(random).apply(random, valid(round), valid(random.nextInt(targets.size())));
    }
}
