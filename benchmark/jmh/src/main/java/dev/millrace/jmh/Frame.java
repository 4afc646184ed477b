package dev.millrace.jmh;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;

/// An encoded request that can be read again and again, in the kind of memory that the broker reads into.
public final class Frame {
    private final ByteBuffer bytes;

    /// Eight bytes that handling the request changes; -1 when there are none.
    private int changed = -1;

    public Frame(ApiKeys api, ApiMessage request) {
        short version = api.latestVersion();
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(1)
                        .setClientId("jmh");
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(header, api.requestHeaderVersion(version))
                        .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, version).buffer();
        bytes = ByteBuffer.allocateDirect(head.remaining() + body.remaining());
        bytes.put(head).put(body).flip();
    }

    /// From its first byte on.
    public ByteBuffer again() {
        if (changed >= 0) {
            bytes.putLong(changed, 0);
        }
        return bytes.rewind();
    }

    /// The eight bytes that are this marker are 0 whenever the frame is read: the base offset, which an append sets in place.
    Frame resettingTo0(long marker) {
        changed = placeOf(marker);
        return this;
    }

    /// Where eight bytes lie that occur once.
    public int placeOf(long marker) {
        return placeOf(marker, Long.BYTES);
    }

    /// Where four bytes lie that occur once.
    public int placeOf(int marker) {
        return placeOf(marker, Integer.BYTES);
    }

    private int placeOf(long marker, int size) {
        int found = -1;
        for (int at = 0; at + size <= bytes.limit(); at++) {
            long here = size == Long.BYTES ? bytes.getLong(at) : bytes.getInt(at);
            if (here == marker) {
                if (found >= 0) {
                    throw new IllegalArgumentException("the marker occurs twice");
                }
                found = at;
            }
        }
        if (found < 0) {
            throw new IllegalArgumentException("the marker does not occur");
        }
        return found;
    }

    public void putInt(int place, int value) {
        bytes.putInt(place, value);
    }

    public void putLong(int place, long value) {
        bytes.putLong(place, value);
    }
}
