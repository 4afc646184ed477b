package dev.millrace.broker.storage;

import java.io.IOException;

/// Another broker has the directory: nothing is wrong with its disk.
public final class DirectoryInUse extends IOException {
    private static final long serialVersionUID = 1;

    DirectoryInUse(String message) {
        super(message);
    }
}
