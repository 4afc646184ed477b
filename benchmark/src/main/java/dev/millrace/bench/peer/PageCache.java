package dev.millrace.bench.peer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the system forget what it has read or written of some files: written back first, then `posix_fadvise(DONTNEED)`.
///
/// No rights are needed, and other files stay cached. Pages that a process has mapped stay too, so whoever measures checks what
/// came from the disk.
// "restricted": calls into the C library, as in CpuClock.
@SuppressWarnings("restricted")
public final class PageCache {
    private static final int READ_ONLY = 0;
    private static final int DONT_NEED = 4;

    private static final MethodHandle OPEN =
            function(
                    "open",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    // open(2) takes a mode after these where it creates a file.
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SYNC =
            function(
                    "fdatasync", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle ADVISE =
            function(
                    "posix_fadvise",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private PageCache() {}

    private static MethodHandle function(
            String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
    }

    /// Every file below some directories; what is deleted meanwhile is passed over.
    public static void drop(List<Path> directories) throws IOException {
        for (Path directory : directories) {
            if (!Files.isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
            Files.walkFileTree(directory, new Dropping());
        }
    }

    static final class Dropping extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            if (attributes.isRegularFile()) {
                drop(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            return passOver(failure);
        }

        /// A broker removes a topic's folder in the background.
        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                throws IOException {
            return failure == null ? FileVisitResult.CONTINUE : passOver(failure);
        }

        private static FileVisitResult passOver(IOException failure) throws IOException {
            if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw failure;
        }
    }

    private static void drop(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), READ_ONLY);
            if (descriptor < 0) {
                return; // deleted meanwhile
            }
            int synced = (int) SYNC.invokeExact(descriptor);
            int advised = (int) ADVISE.invokeExact(descriptor, 0L, 0L, DONT_NEED);
            int closed = (int) CLOSE.invokeExact(descriptor);
            if (synced != 0 || advised != 0 || closed != 0) {
                throw new IOException("the page cache of " + file + " cannot be dropped");
            }
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("the C library cannot be called", e);
        }
    }
}
