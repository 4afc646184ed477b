package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Explanation;

/// One tool with a name of Kafka's. Throws what goes wrong; [#failed] says it in the tool's manner.
interface Tool {
    /// The options it takes.
    OptionTable options();

    /// Does what the command line asks.
    ///
    /// @return the exit code
    int run(Arguments arguments, Terminal terminal);

    /// Reports a failure of the work (a wrong command line is reported by [Tools]).
    default void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println(Explanation.of(failure, address));
    }

    /// Exit code after [#failed].
    default int failedCode() {
        return CommandFailed.FAILED;
    }
}
