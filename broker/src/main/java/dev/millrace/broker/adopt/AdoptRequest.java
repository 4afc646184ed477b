package dev.millrace.broker.adopt;

import dev.millrace.engine.metadata.LeftOut;
import dev.millrace.engine.quorum.StoppedQuorum;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What was asked for.
///
/// @param from every directory of the Kafka broker: `log.dirs`, and `metadata.log.dir` when that is another one
/// @param to one new directory for all, or one for each
/// @param move rename the partitions' folders instead of copying them
/// @param leaveOut what is not carried, although it is there
public record AdoptRequest(List<Path> from, List<Path> to, boolean move, Set<LeftOut> leaveOut) {
    public AdoptRequest {
        from = List.copyOf(from);
        to = List.copyOf(to);
        leaveOut = Set.copyOf(leaveOut);
    }

    /// With what is not carried in the words of a command line.
    ///
    /// @throws IllegalArgumentException when a word is not known; its message is for whoever wrote it
    public static AdoptRequest of(
            List<Path> from, List<Path> to, boolean move, List<String> leaveOut) {
        var kinds = EnumSet.noneOf(LeftOut.class);
        for (String word : leaveOut) {
            kinds.add(
                    Stream.of(LeftOut.values())
                            .filter(kind -> kind.word().equals(word.strip()))
                            .findFirst()
                            .orElseThrow(() -> new IllegalArgumentException(unknown(word))));
        }
        return new AdoptRequest(from, to, move, kinds);
    }

    private static String unknown(String word) {
        String known =
                Stream.of(LeftOut.values()).map(LeftOut::word).collect(Collectors.joining(", "));
        return "--leave-out does not know " + word + "; it takes " + known + ".";
    }

    /// Which of the new directories has the metadata log, once they are there.
    public Path home() {
        return to.stream()
                .filter(each -> Files.isDirectory(each.resolve(StoppedQuorum.FOLDER)))
                .findFirst()
                .orElse(to.getFirst());
    }

    /// Where the partitions of that directory go.
    int target(int source) {
        return to.size() == 1 ? 0 : source;
    }
}
