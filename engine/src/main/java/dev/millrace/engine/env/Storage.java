package dev.millrace.engine.env;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// One directory of append-only files, and its sub-directories.
///
/// Contract, checked by `StorageContract` against every implementation:
/// - names hold no separator; listings are sorted;
/// - [#publish] is atomic: after a crash there is the old file under `to`, or all of the new one, never a mixture;
/// - a created, renamed or deleted name survives a crash only after [#syncDirectory()] of the directory that holds it
///   (`publish` and `writeAtomically` do that themselves) (invariant L7).
public interface Storage {
    /// Names of the files here, sorted.
    List<String> files() throws IOException;

    /// As [#files], where a directory's name may be among them: what each name is may cost a question to the disk.
    default List<String> names() throws IOException {
        return files();
    }

    /// Names of the directories here, sorted.
    List<String> directories() throws IOException;

    /// The sub-directory of that name, created when missing.
    Storage directory(String name) throws IOException;

    /// Whether there is a file of that name.
    default boolean exists(String name) throws IOException {
        return files().contains(name);
    }

    /// Bytes in the file; 0 when it is missing.
    default long size(String name) throws IOException {
        if (!exists(name)) {
            return 0;
        }
        try (StoredFile file = open(name)) {
            return file.size();
        }
    }

    /// Opens a file for appending and reading, created empty when missing.
    StoredFile open(String name) throws IOException;

    /// Renames a file over another, durably. The caller has synced the bytes of `from`.
    default void publish(String from, String to) throws IOException {
        rename(from, to);
        syncDirectory();
    }

    /// As [#publish], but what a crash leaves is open until [#syncDirectory()]. Open files follow.
    void rename(String from, String to) throws IOException;

    /// Deletes a file; nothing when it is missing.
    void delete(String name) throws IOException;

    /// Renames a sub-directory; open files in it stay open and valid.
    void renameDirectory(String from, String to) throws IOException;

    /// Deletes a sub-directory with everything in it; nothing when it is missing.
    void deleteDirectory(String name) throws IOException;

    /// Makes the names in this directory durable.
    void syncDirectory() throws IOException;

    /// Bytes that may still be written to this disk.
    long usableBytes() throws IOException;

    /// How large its disk is, free or not; -1 when that is not known.
    default long totalBytes() throws IOException {
        return -1;
    }

    /// The bytes of a small file, or null when there is none.
    default byte @org.jspecify.annotations.Nullable [] readAll(String name) throws IOException {
        if (!exists(name)) {
            return null;
        }
        try (StoredFile file = open(name)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
            file.read(0, bytes);
            return bytes.array();
        }
    }

    /// Replaces a small file so that a crash leaves the old or the new one whole.
    default void writeAtomically(String name, ByteBuffer bytes) throws IOException {
        String temporary = name + ".tmp";
        delete(temporary);
        try (StoredFile file = open(temporary)) {
            file.append(bytes);
            file.sync();
        }
        publish(temporary, name);
    }
}
