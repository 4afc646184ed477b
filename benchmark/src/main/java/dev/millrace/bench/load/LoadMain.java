package dev.millrace.bench.load;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.json.JsonMapper;

/// The load process: a job per line on standard input, a result per line on standard output, until the input ends.
public final class LoadMain {
    private static final GroupJobs GROUPS = new GroupJobs();
    private static final ConnectionJobs CONNECTIONS = new ConnectionJobs();
    private static final WaiterJobs WAITERS = new WaiterJobs();
    private static final GapJobs GAPS = new GapJobs();

    private LoadMain() {}

    public static void main(String[] arguments) throws IOException {
        JsonMapper json = JsonMapper.shared();
        PrintStream out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        // Whatever a library prints must not stand between two results.
        System.setOut(System.err);
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(json.writeValueAsString(measured(json.readValue(line, LoadJob.class))));
        }
    }

    private static LoadResult measured(LoadJob job) {
        OperatingSystemMXBean system =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpuNs = system.getProcessCpuTime();
        return run(job).withClientCpu(system.getProcessCpuTime() - cpuNs);
    }

    /// The rim of this process: whatever goes wrong in a job is its result, and the next job runs.
    private static LoadResult run(LoadJob job) {
        try {
            return switch (job) {
                case LoadJob.CreateTopic create -> TopicJobs.create(create);
                case LoadJob.CreateTopics create -> TopicJobs.createAll(create);
                case LoadJob.AwaitPartitions await -> TopicJobs.await(await);
                case LoadJob.DeleteTopic delete -> TopicJobs.delete(delete);
                case LoadJob.SetOffsetsTopic set -> OffsetJobs.setTopic(set);
                case LoadJob.RawProduce produce ->
                        Lanes.runAll(
                                RawProduceLane.lanes(produce), i -> new RawProduceLane(produce, i));
                case LoadJob.RawFetch fetch ->
                        Lanes.runAll(fetch.target().partitions(), i -> new RawFetchLane(fetch, i));
                case LoadJob.ClientProduce produce -> ClientJobs.produce(produce);
                case LoadJob.ClientConsume consume ->
                        Lanes.runAll(consume.consumers(), i -> new ClientConsumeLane(consume, i));
                case LoadJob.EndToEnd latency -> new EndToEndLatency(latency).run();
                case LoadJob.RawLatency latency -> new RawLatency(latency).run();
                case LoadJob.OpenConnections open -> CONNECTIONS.open(open);
                case LoadJob.PaceConnections pace -> CONNECTIONS.pace(pace);
                case LoadJob.CloseConnections _ -> CONNECTIONS.close();
                case LoadJob.StartWaiters start -> WAITERS.start(start);
                case LoadJob.StopWaiters _ -> WAITERS.stop();
                case LoadJob.StartGroups start -> GROUPS.start(start);
                case LoadJob.StopGroups _ -> GROUPS.stop();
                case LoadJob.Rebalances rebalances -> GROUPS.rebalance(rebalances);
                case LoadJob.CommitRate rate -> OffsetJobs.commit(rate);
                case LoadJob.FillOffsets fill -> OffsetJobs.fill(fill);
                case LoadJob.AwaitOffsets offsets -> OffsetJobs.await(offsets);
                case LoadJob.SetTransactionsTopic set -> TransactionJobs.setTopic(set);
                case LoadJob.Transactions transactions -> TransactionJobs.run(transactions);
                case LoadJob.FillKeys keys -> CompactionJobs.fill(keys);
                case LoadJob.AwaitCompacted compacted -> CompactionJobs.await(compacted);
                case LoadJob.AwaitInSync inSync -> InSyncJobs.await(inSync);
                case LoadJob.StartGap start -> GAPS.start(start);
                case LoadJob.EndGap end -> GAPS.end(end);
            };
        } catch (IOException | RuntimeException e) {
            return LoadResult.failed(String.valueOf(e.getMessage() == null ? e : e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return LoadResult.failed("interrupted");
        }
    }
}
