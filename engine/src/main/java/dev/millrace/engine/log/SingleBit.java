package dev.millrace.engine.log;

/// Which one bit of some bytes has to be turned so that their CRC-32C becomes another.
///
/// A CRC is linear: turning a bit changes it by a value that depends only on how many bits stand behind, and no two of the first 2^31
/// have the same.
final class SingleBit {
    /// CRC-32C's polynomial, in the order in which its register holds it.
    private static final int POLYNOMIAL = 0x82F63B78;

    private SingleBit() {}

    /// @param difference of the two checksums, exclusive or; not 0
    /// @param bytes that the checksum covers
    /// @return its number, counted from the lowest bit of the first byte; -1 when there is none
    static long find(int difference, long bytes) {
        int change = 1;
        long bits = bytes * Byte.SIZE;
        for (long behind = 0; behind < bits; behind++) {
            change = (change >>> 1) ^ (POLYNOMIAL & -(change & 1));
            if (change == difference) {
                long octet = bytes - 1 - behind / Byte.SIZE;
                return octet * Byte.SIZE + (Byte.SIZE - 1 - behind % Byte.SIZE);
            }
        }
        return -1;
    }

    /// Turns it.
    static void turn(java.nio.ByteBuffer b, int from, long bit) {
        int at = from + (int) (bit / Byte.SIZE);
        b.put(at, (byte) (b.get(at) ^ (1 << (bit % Byte.SIZE))));
    }
}
