package dev.millrace.bench.load;

import dev.millrace.bench.load.LoadJob.OpenConnections;
import dev.millrace.bench.load.LoadJob.PaceConnections;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/// Connections that are mostly idle and stay between two jobs, so that the broker can be watched while they only live.
///
/// One thread asks on one after the other: the questions are few, and one that waits for its answer delays no more than the next.
final class ConnectionJobs {
    private static final int RESPONSE_BYTES = 8 << 10;
    private static final long PATIENCE_MS = 20_000;

    private final List<GroupConnection> connections = new ArrayList<>();
    private @Nullable Thread asking;
    private volatile boolean stopping;
    private volatile String failure = "";

    LoadResult open(OpenConnections job) throws IOException, InterruptedException {
        close();
        long startedNs = System.nanoTime();
        for (int i = 0; i < job.connections(); i++) {
            GroupConnection connection = new GroupConnection(job.target().port(), RESPONSE_BYTES);
            connections.add(connection);
            connection.ask(
                    ApiKeys.API_VERSIONS,
                    3,
                    new ApiVersionsRequestData()
                            .setClientSoftwareName("bench")
                            .setClientSoftwareVersion("1"),
                    new ApiVersionsResponseData());
            askMetadata(connection, job.target());
        }
        return LoadResult.moved(connections.size(), 0, System.nanoTime() - startedNs);
    }

    LoadResult pace(PaceConnections job) throws IOException, InterruptedException {
        endAsking();
        stopping = false;
        asking = Thread.ofPlatform().daemon().start(() -> ask(job));
        return LoadResult.moved(connections.size(), 0, 0);
    }

    private void ask(PaceConnections job) {
        double periodNs =
                (double) TimeUnit.MILLISECONDS.toNanos(job.everyMs()) / connections.size();
        long startedNs = System.nanoTime();
        try {
            for (long i = 0; !stopping; i++) {
                Due.await(startedNs + (long) (i * periodNs));
                askMetadata(connections.get((int) (i % connections.size())), job.target());
            }
        } catch (IOException e) {
            failure = e.toString();
        }
    }

    private static void askMetadata(GroupConnection connection, LoadJob.Target target)
            throws IOException {
        var topic = new MetadataRequestTopic().setName(target.topic().name());
        var answer =
                connection.ask(
                        ApiKeys.METADATA,
                        12,
                        new MetadataRequestData().setTopics(List.of(topic)),
                        new MetadataResponseData());
        short error = answer.topics().iterator().next().errorCode();
        if (error != 0) throw new IOException("Metadata: error " + error);
    }

    /// Fails when a question has failed since the connections were opened.
    LoadResult close() throws IOException, InterruptedException {
        endAsking();
        for (GroupConnection connection : connections) connection.close();
        connections.clear();
        String why = failure;
        failure = "";
        if (!why.isEmpty()) throw new IOException("an idle connection failed: " + why);
        return LoadResult.moved(0, 0, 0);
    }

    private void endAsking() throws InterruptedException {
        stopping = true;
        if (asking != null) asking.join(PATIENCE_MS);
    }
}
