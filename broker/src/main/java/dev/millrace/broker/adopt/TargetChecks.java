package dev.millrace.broker.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Whether the new directories will do.
///
/// @param sources in the order of the request
record TargetChecks(AdoptRequest request, List<KafkaDirectory> sources) {
    /// Kept free beside what is copied: checkpoints, indexes that are made anew, metadata.
    private static final long SPARE_BYTES = 64L << 20;

    /// @param room bytes that will go to each
    void reasons(long[] room, List<String> reasons) throws IOException {
        for (int t = 0; t < request.to().size(); t++) {
            Path to = request.to().get(t).toAbsolutePath().normalize();
            empty(to, reasons);
            Path there = existing(to);
            if (!request.move()) {
                enough(to, room[t], Files.getFileStore(there).getUsableSpace(), reasons);
            }
        }
        for (int i = 0; i < sources.size(); i++) {
            Path from = sources.get(i).path();
            Path to = request.to().get(request.target(i)).toAbsolutePath().normalize();
            if (to.startsWith(from) || from.startsWith(to)) {
                reasons.add("%s and %s are not apart: choose another --data.".formatted(from, to));
            } else if (request.move()
                    && !Files.getFileStore(from).equals(Files.getFileStore(existing(to)))) {
                reasons.add(
                        "%s and %s are on different file systems, and --move only renames: choose a directory beside it, or copy."
                                .formatted(from, to));
            }
            if (sources.get(i).surrendered() && AdoptTarget.state(to) != AdoptTarget.State.MOVING) {
                reasons.add(
                        "%s was adopted with --move (its meta.properties is called %s): what is left there is not whole."
                                .formatted(from, KafkaDirectory.SURRENDERED));
            }
        }
    }

    private void empty(Path to, List<String> reasons) throws IOException {
        switch (AdoptTarget.state(to)) {
            case TAKEN ->
                    reasons.add(to + " is not empty: choose another --data, or remove it first.");
            case MOVING -> {
                if (!request.move()) {
                    reasons.add(
                            "An adoption with --move into "
                                    + to
                                    + " was cut short: run it again, with --move.");
                }
            }
            case NEW, COPYING, WHOLE -> {}
        }
    }

    private static void enough(Path to, long wanted, long usable, List<String> reasons) {
        if (wanted + SPARE_BYTES > usable) {
            reasons.add(
                    "%s has room for %s, and the logs are %s: choose another disk, or --move."
                            .formatted(to, Sizes.text(usable), Sizes.text(wanted)));
        }
    }

    /// The nearest directory that is there.
    private static Path existing(Path path) {
        Path there = path;
        while (!Files.exists(there)) {
            there = Objects.requireNonNull(there.getParent());
        }
        return there;
    }
}
