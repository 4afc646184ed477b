package dev.millrace.bench.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// One side of the comparison: something that can be started on an empty directory and ports.
public interface Peer {
    /// As it stands in the table's head.
    String name();

    /// One line for the report: what runs, with which heap.
    String describe();

    Dialect dialect();

    /// What a start reads from disk beside the JVM: directories with its program, or none where they are not known.
    List<Path> program();

    /// Starts it and waits until it is ready: as many nodes as there are ports, each a broker and a controller.
    ///
    /// @param directory fresh and empty: data, configuration and the process's output go there
    /// @param ports of the brokers, in the order of their ids; the port after each is its controller's
    /// @throws IOException when it does not come up; the message holds the end of its output
    Running start(Path directory, List<Integer> ports) throws IOException, InterruptedException;
}
