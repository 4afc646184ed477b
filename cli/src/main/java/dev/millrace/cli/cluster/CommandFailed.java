package dev.millrace.cli.cluster;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/// A command cannot do what it was asked, and knows how to say why in one sentence. The rim prints the sentence and leaves
/// with the exit code; nobody prints a stack trace for it.
public final class CommandFailed extends RuntimeException {
    /// The work was tried and failed.
    public static final int FAILED = 1;

    /// The command line itself was wrong.
    public static final int USAGE = 2;

    private final int exitCode;

    private CommandFailed(int exitCode, String sentence) {
        super(sentence, null, false, false);
        this.exitCode = exitCode;
    }

    /// The work failed.
    public static CommandFailed because(String sentence) {
        return new CommandFailed(FAILED, sentence);
    }

    /// The command line is wrong.
    public static CommandFailed usage(String sentence) {
        return new CommandFailed(USAGE, sentence);
    }

    /// A file cannot be read. Java's own messages of some reasons are a bare path.
    public static CommandFailed unreadable(Object file, IOException failed) {
        String reason =
                switch (failed) {
                    case NoSuchFileException _ -> "no such file";
                    case AccessDeniedException _ -> "no permission";
                    case CharacterCodingException _ -> "it is not UTF-8";
                    default -> String.valueOf(failed.getMessage());
                };
        return because("cannot read " + file + ": " + reason);
    }

    /// What the process returns to the shell.
    public int exitCode() {
        return exitCode;
    }

    /// The sentence, never null.
    public String sentence() {
        return String.valueOf(getMessage());
    }
}
