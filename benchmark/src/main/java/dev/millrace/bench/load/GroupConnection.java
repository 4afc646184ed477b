package dev.millrace.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.RequestHeader;

/// One connection to a coordinator, one question at a time, in the client library's message classes.
final class GroupConnection implements AutoCloseable {
    private static final String CLIENT_ID = "bench";

    private final RawConnection connection;
    private int correlationId;

    GroupConnection(int port, int maxResponseBytes) throws IOException {
        connection = new RawConnection(port, maxResponseBytes);
    }

    /// Sends a request and fills the response.
    <R extends ApiMessage> R ask(ApiKeys api, int version, ApiMessage request, R response)
            throws IOException {
        connection.send(frame(api, (short) version, request));
        var answer = new ByteBufferAccessor(connection.receive());
        new ResponseHeaderData().read(answer, api.responseHeaderVersion((short) version));
        response.read(answer, (short) version);
        return response;
    }

    private ByteBuffer frame(ApiKeys api, short version, ApiMessage request) {
        var header = new RequestHeader(api, version, CLIENT_ID, ++correlationId);
        var cache = new ObjectSerializationCache();
        int size =
                header.data().size(cache, header.headerVersion())
                        + request.size(cache, version)
                        + Integer.BYTES;
        ByteBuffer frame = ByteBuffer.allocate(size).putInt(size - Integer.BYTES);
        var out = new ByteBufferAccessor(frame);
        header.data().write(out, cache, header.headerVersion());
        request.write(out, cache, version);
        return frame.flip();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
