package dev.millrace.engine.quorum;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.raft.QuorumStateStore;
import org.apache.kafka.raft.generated.QuorumStateData;
import org.apache.kafka.raft.generated.QuorumStateData.Voter;
import org.apache.kafka.server.common.KRaftVersion;

/// The file `quorum-state`: the epoch, whom this voter voted for, who was elected. In Kafka's JSON, one object:
///
/// ```
/// version 0  {"clusterId":"","leaderId":1,"leaderEpoch":2,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}
/// version 1  {"leaderId":1,"leaderEpoch":2,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}
/// ```
/// Replaced as a whole and durable before a vote leaves this node (M9).
final class ElectionFile implements QuorumStateStore {
    static final String NAME = "quorum-state";

    private static final Pattern VOTER = Pattern.compile("\"voterId\"\\s*:\\s*(-?\\d+)");

    private final Storage storage;

    ElectionFile(Storage storage) {
        this.storage = storage;
    }

    @Override
    public Optional<ElectionState> readElectionState() {
        try {
            byte[] bytes = storage.readAll(NAME);
            // An empty one is damage, and said to be: it is replaced as a whole, and what was voted
            // must not be forgotten.
            return bytes == null
                    ? Optional.empty()
                    : Optional.of(
                            ElectionState.fromQuorumStateData(
                                    parse(new String(bytes, StandardCharsets.UTF_8))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The file, and what is wrong with its form.
    ///
    /// @throws RuntimeException when it cannot be read
    static QuorumStateData checked(String json) {
        QuorumStateData data = parse(json);
        if (!format(data, (short) number(json, "data_version")).equals(json.strip())) {
            throw new IllegalStateException("The file " + NAME + " is not as it is written.");
        }
        return data;
    }

    private static QuorumStateData parse(String json) {
        var data =
                new QuorumStateData()
                        .setLeaderId(number(json, "leaderId"))
                        .setLeaderEpoch(number(json, "leaderEpoch"))
                        .setVotedId(number(json, "votedId"));
        if (number(json, "data_version") >= 1) {
            return data.setVotedDirectoryId(Uuid.fromString(text(json, "votedDirectoryId")));
        }
        List<Voter> voters = new ArrayList<>();
        for (Matcher m = VOTER.matcher(json); m.find(); ) {
            voters.add(new Voter().setVoterId(Integer.parseInt(m.group(1))));
        }
        return data.setCurrentVoters(voters);
    }

    private static int number(String json, String key) {
        return Integer.parseInt(text(json, key));
    }

    private static String text(String json, String key) {
        Matcher m = Pattern.compile("\"" + key + "\"\\s*:\\s*\"?([^\",}\\s]*)").matcher(json);
        if (!m.find()) {
            throw new IllegalStateException(
                    "The file " + NAME + " has no \"" + key + "\": it is damaged.");
        }
        return m.group(1);
    }

    @Override
    public void writeElectionState(ElectionState state, KRaftVersion version) {
        short format = version.quorumStateVersion();
        String json = format(state.toQuorumStateData(format), format);
        try {
            storage.writeAtomically(NAME, ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String format(QuorumStateData data, short version) {
        if (version >= 1) {
            return "{\"leaderId\":%d,\"leaderEpoch\":%d,\"votedId\":%d,\"votedDirectoryId\":\"%s\",\"data_version\":1}"
                    .formatted(
                            data.leaderId(),
                            data.leaderEpoch(),
                            data.votedId(),
                            data.votedDirectoryId());
        }
        String voters =
                String.join(
                        ",",
                        data.currentVoters().stream()
                                .map(v -> "{\"voterId\":" + v.voterId() + "}")
                                .toList());
        return "{\"clusterId\":\"\",\"leaderId\":%d,\"leaderEpoch\":%d,\"votedId\":%d,\"appliedOffset\":0,\"currentVoters\":[%s],\"data_version\":0}"
                .formatted(data.leaderId(), data.leaderEpoch(), data.votedId(), voters);
    }

    /// For messages only.
    @Override
    public Path path() {
        return Path.of(NAME);
    }

    @Override
    public void clear() {
        try {
            storage.delete(NAME);
            storage.syncDirectory();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
