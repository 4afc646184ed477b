package dev.millrace.engine.doctor;

/// Is told how far an examination has come.
public interface Watcher {
    /// So many bytes will be read.
    void total(long bytes);

    /// This is looked at now.
    void at(String folder);

    /// So many bytes of it were read.
    void seen(long bytes);
}
