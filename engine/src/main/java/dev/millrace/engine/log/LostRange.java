package dev.millrace.engine.log;

/// Records that were written once and cannot be read any more.
///
/// @param file the segment's file, in the log's directory
/// @param position of the first wrong byte
/// @param bytes how many are wrong; 0 where bytes are missing
/// @param firstOffset of the first record that is lost
/// @param endOffset one past the last
/// @param reason what is wrong, in words
public record LostRange(
        String file, long position, long bytes, long firstOffset, long endOffset, String reason) {
    long end() {
        return position + bytes;
    }

    @Override
    public String toString() {
        return "offsets %d to %d are lost: %s, bytes %d to %d: %s"
                .formatted(firstOffset, endOffset - 1, file, position, end(), reason);
    }
}
