package dev.millrace.broker.adopt;

import dev.millrace.broker.DataDirectory;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/// Whether the new directories will do.
///
/// @param sources in the order of the request
record TargetChecks(AdoptRequest request, List<KafkaDirectory> sources) {
    /// Kept free beside what is copied: checkpoints, indexes that are made anew, metadata.
    private static final long SPARE_BYTES = 64L << 20;

    /// @param room bytes that will go to each
    void reasons(long[] room, List<String> reasons) throws IOException {
        var onDisk = new LinkedHashMap<FileStore, List<Integer>>();
        for (int t = 0; t < request.to().size(); t++) {
            empty(to(t), reasons);
            onDisk.computeIfAbsent(Files.getFileStore(existing(to(t))), _ -> new ArrayList<>())
                    .add(t);
        }
        for (var disk : onDisk.entrySet()) {
            if (!request.move()) {
                enough(disk.getValue(), room, disk.getKey().getUsableSpace(), reasons);
            }
        }
        for (int i = 0; i < sources.size(); i++) {
            Path from = sources.get(i).path();
            Path to = to(request.target(i));
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
                                .formatted(from, DataDirectory.ADOPTED));
            }
        }
    }

    private Path to(int target) {
        return request.to().get(target).toAbsolutePath().normalize();
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

    /// @param targets that are on one disk
    private void enough(List<Integer> targets, long[] room, long usable, List<String> reasons) {
        long wanted = targets.stream().mapToLong(t -> room[t]).sum();
        if (wanted + SPARE_BYTES > usable) {
            reasons.add(
                    "The disk of %s has room for %s, and the logs are %s: choose another disk, or --move."
                            .formatted(
                                    targets.stream()
                                            .map(t -> to(t).toString())
                                            .collect(Collectors.joining(", ")),
                                    Sizes.text(usable),
                                    Sizes.text(wanted)));
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
