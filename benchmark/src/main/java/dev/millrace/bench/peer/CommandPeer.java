package dev.millrace.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Any broker that a command starts and that reads a `server.properties`: `./millrace up --config FILE`, or what
/// `--against` names.
///
/// `{config}` in the command stands for the file; without it `--config FILE` is appended.
public final class CommandPeer implements Peer {
    private static final String PLACEHOLDER = "{config}";

    private final String name;
    private final List<String> command;
    private final Dialect dialect;
    private final Path workingDir;
    private final Map<String, String> environment;

    /// @param environment added to the process's own, for a profile
    public CommandPeer(
            String name,
            String command,
            Dialect dialect,
            Path workingDir,
            Map<String, String> environment) {
        this.name = name;
        this.command = List.of(command.strip().split("\\s+", -1));
        this.dialect = dialect;
        this.workingDir = workingDir;
        this.environment = Map.copyOf(environment);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String describe() {
        String here = Path.of("").toAbsolutePath() + "/";
        return String.join(" ", command).replace(here, "./") + ", with its own JVM settings";
    }

    @Override
    public Dialect dialect() {
        return dialect;
    }

    /// The command with the file's path in its place.
    List<String> commandFor(Path config) {
        List<String> result = new ArrayList<>();
        for (String word : command) {
            result.add(word.replace(PLACEHOLDER, config.toString()));
        }
        if (result.equals(command)) {
            result.addAll(List.of("--config", config.toString()));
        }
        return result;
    }

    /// Where the command stands, or below it the distribution that a source tree's launcher runs.
    @Override
    public List<Path> program() {
        Path launcher = workingDir.resolve(command.getFirst()).toAbsolutePath().normalize();
        Path parent = launcher.getParent();
        if (parent == null || !Files.isRegularFile(launcher)) {
            return List.of();
        }
        Path built = parent.resolve("dist").resolve("target").resolve("dist");
        return List.of(Files.isDirectory(built) ? built : parent);
    }

    @Override
    public Running start(Path directory, List<Integer> ports)
            throws IOException, InterruptedException {
        List<Path> configs = ServerProperties.write(directory, ports);
        List<Node> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < ports.size(); i++) {
                Path config = configs.get(i);
                Path own = config.resolveSibling("");
                nodes.add(
                        Node.exec(
                                name,
                                commandFor(config),
                                environment,
                                own,
                                workingDir,
                                ports.get(i)));
            }
            Running running = new Running(this, nodes);
            running.awaitReady();
            return running;
        } catch (IOException | InterruptedException e) {
            nodes.forEach(Node::kill);
            throw e;
        }
    }
}
