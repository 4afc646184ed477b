package dev.millrace.simulator.world;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/// Messages as bytes and back: nothing is shared between nodes.
public final class Frames {
    private Frames() {}

    /// A request with its header, as [dev.millrace.engine.api.Router#decode] takes it.
    public static byte[] request(ApiKeys api, short version, ApiMessage request, String clientId) {
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(1)
                        .setClientId(clientId);
        short headerVersion = api.requestHeaderVersion(version);
        var cache = new ObjectSerializationCache();
        int headerSize = header.size(cache, headerVersion);
        int bodySize = request.size(cache, version);
        ByteBuffer frame = ByteBuffer.allocate(headerSize + bodySize);
        var out = new ByteBufferAccessor(frame);
        header.write(out, cache, headerVersion);
        request.write(out, cache, version);
        return frame.array();
    }

    /// The API of a request's frame.
    public static ApiKeys api(byte[] frame) {
        return ApiKeys.forId(ByteBuffer.wrap(frame).getShort(0));
    }

    /// The version of a request's frame.
    public static short version(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(2);
    }

    /// The request in a frame.
    public static ApiMessage body(byte[] frame) {
        ApiKeys api = api(frame);
        short version = version(frame);
        var in = new ByteBufferAccessor(ByteBuffer.wrap(frame));
        var _ = new RequestHeaderData(in, api.requestHeaderVersion(version));
        ApiMessage message = api.messageType.newRequest();
        message.read(in, version);
        return message;
    }

    /// Whether it writes a marker of version 1 of transactions. Nothing tells one that is late, of a request that was given up and sent again,
    /// from that of the producer's next transaction, which it would end: Kafka's own hole, that version 2 has closed (KIP-890).
    public static boolean hasMarkersOfVersion1(byte[] frame) {
        return api(frame) == ApiKeys.WRITE_TXN_MARKERS
                && body(frame) instanceof WriteTxnMarkersRequestData data
                && data.markers().stream().anyMatch(each -> each.transactionVersion() < 2);
    }

    static byte[] response(ApiMessage message, short version) {
        var cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return buffer.array();
    }

    static ApiMessage response(ApiKeys api, byte[] bytes, short version) {
        ApiMessage message = api.messageType.newResponse();
        message.read(new ByteBufferAccessor(ByteBuffer.wrap(bytes)), version);
        return message;
    }
}
