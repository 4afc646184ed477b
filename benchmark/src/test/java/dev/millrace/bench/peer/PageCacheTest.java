package dev.millrace.bench.peer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCacheTest {
    @Test
    void filesKeepTheirBytesWhateverIsForgottenOfThem(@TempDir Path directory) throws IOException {
        byte[] bytes = "written a moment ago".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Path file = Files.createDirectories(directory.resolve("topic-0")).resolve("0.log");
        Files.write(file, bytes);
        Files.createSymbolicLink(directory.resolve("link"), Path.of("nowhere"));
        PageCache.drop(List.of(directory));
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @Test
    void whatABrokerDeletesMeanwhileIsPassedOver() throws IOException {
        var dropping = new PageCache.Dropping();
        Path gone = Path.of("topic-0.0123-delete");
        var missing = new NoSuchFileException(gone.toString());
        assertEquals(FileVisitResult.CONTINUE, dropping.visitFileFailed(gone, missing));
        assertEquals(FileVisitResult.CONTINUE, dropping.postVisitDirectory(gone, missing));
        assertThrows(
                AccessDeniedException.class,
                () -> dropping.visitFileFailed(gone, new AccessDeniedException("topic-0")));
    }

    @Test
    void aDirectoryThatIsNotThereIsAnError(@TempDir Path directory) {
        List<Path> missing = List.of(directory.resolve("missing"));
        assertThrows(IOException.class, () -> PageCache.drop(missing));
    }
}
