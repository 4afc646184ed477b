package dev.millrace.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/// Runs one task a partition at the same time and takes the wall time of all of them.
final class Lanes {
    /// A lane that is not done by then fails the job: a broker that hangs must not hang the benchmark.
    private static final long TIMEOUT_S = 120;

    private Lanes() {}

    /// One lane: `prepare` before the clock starts, `run` after.
    interface Lane extends AutoCloseable {
        /// Returns `{records, bytes}`.
        long[] run() throws IOException, InterruptedException;

        @Override
        void close() throws IOException;
    }

    /// Builds the lanes one after the other, then runs them at once.
    static LoadResult runAll(int count, IntFunction<Lane> lanes)
            throws IOException, InterruptedException {
        List<Lane> built = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            for (int i = 0; i < count; i++) {
                built.add(lanes.apply(i));
            }
            CyclicBarrier start = new CyclicBarrier(count + 1);
            List<Future<long[]>> results = new ArrayList<>();
            for (Lane lane : built) {
                results.add(
                        threads.submit(
                                (Callable<long[]>)
                                        () -> {
                                            start.await();
                                            return lane.run();
                                        }));
            }
            start.await();
            long startedNs = System.nanoTime();
            long records = 0;
            long bytes = 0;
            for (Future<long[]> result : results) {
                long[] moved = result.get(TIMEOUT_S, TimeUnit.SECONDS);
                records += moved[0];
                bytes += moved[1];
            }
            return LoadResult.moved(records, bytes, System.nanoTime() - startedNs);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException("not done after " + TIMEOUT_S + " s", e);
        } catch (java.util.concurrent.BrokenBarrierException e) {
            throw new IOException(e);
        } finally {
            for (Lane lane : built) {
                lane.close();
            }
            threads.shutdownNow();
        }
    }
}
