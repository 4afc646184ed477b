package dev.millrace.engine.impure;

import java.io.IOException;
import java.net.Socket;

/// Talks to the network past the door.
public final class OpensASocket {
    private OpensASocket() {}

    public static Socket open() throws IOException {
        return new Socket();
    }
}
