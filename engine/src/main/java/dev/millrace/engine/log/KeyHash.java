package dev.millrace.engine.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// SipHash-2-4 with 128 bits (Aumasson, Bernstein) under a secret key: two keys of records have the same hash by chance only,
/// whoever chose them.
///
/// **Owner.** One pass; the hash of the last key stands in [#high()] and [#low()].
final class KeyHash {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long k0;
    private final long k1;
    private long high;
    private long low;

    KeyHash(long k0, long k1) {
        this.k0 = k0;
        this.k1 = k1;
    }

    long high() {
        return high;
    }

    long low() {
        return low;
    }

    /// What is mixed stays in local variables, which the compiler keeps in registers: this is done for every record.
    KeyHash of(byte[] bytes, int from, int length) {
        long a = k0 ^ 0x736f6d6570736575L;
        long b = k1 ^ 0x646f72616e646f6dL ^ 0xee;
        long c = k0 ^ 0x6c7967656e657261L;
        long d = k1 ^ 0x7465646279746573L;
        int whole = from + (length & ~7);
        for (int at = from; at <= whole; at += 8) {
            long word = at < whole ? (long) LONGS.get(bytes, at) : last(bytes, whole, length);
            d ^= word;
            for (int i = 0; i < 2; i++) {
                a += b;
                c += d;
                b = Long.rotateLeft(b, 13) ^ a;
                d = Long.rotateLeft(d, 16) ^ c;
                a = Long.rotateLeft(a, 32) + d;
                c += b;
                d = Long.rotateLeft(d, 21) ^ a;
                b = Long.rotateLeft(b, 17) ^ c;
                c = Long.rotateLeft(c, 32);
            }
            a ^= word;
        }
        c ^= 0xee;
        for (int i = 0; i < 8; i++) {
            if (i == 4) {
                low = a ^ b ^ c ^ d;
                b ^= 0xdd;
            }
            a += b;
            c += d;
            b = Long.rotateLeft(b, 13) ^ a;
            d = Long.rotateLeft(d, 16) ^ c;
            a = Long.rotateLeft(a, 32) + d;
            c += b;
            d = Long.rotateLeft(d, 21) ^ a;
            b = Long.rotateLeft(b, 17) ^ c;
            c = Long.rotateLeft(c, 32);
        }
        high = a ^ b ^ c ^ d;
        return this;
    }

    /// The bytes from `at` on that fill no word, and the length.
    private static long last(byte[] bytes, int at, int length) {
        long last = (long) length << 56;
        for (int i = 0; i < (length & 7); i++) {
            last |= (bytes[at + i] & 0xffL) << (8 * i);
        }
        return last;
    }
}
