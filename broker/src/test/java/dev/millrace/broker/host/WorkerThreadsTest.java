package dev.millrace.broker.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WorkerThreadsTest {
    /// The first time there is no memory for one more.
    private static final class ScarceThreads implements ThreadFactory {
        private boolean asked;

        @Override
        public Thread newThread(Runnable work) {
            if (!asked) {
                asked = true;
                throw new OutOfMemoryError("unable to create native thread");
            }
            return Thread.ofPlatform().daemon().unstarted(work);
        }
    }

    @Test
    void workThatNoThreadCouldBeStartedForIsDoneByTheNextOne() throws InterruptedException {
        List<Throwable> reported = new ArrayList<>();
        var workers = new WorkerThreads(1, reported::add, new ScarceThreads());
        var done = new CountDownLatch(2);

        workers.execute("finds no thread", done::countDown);
        assertEquals(2, done.getCount());
        workers.execute("finds one", done::countDown);

        assertTrue(done.await(30, TimeUnit.SECONDS));
        assertEquals(List.of(), reported);
        workers.stop(1_000);
    }
}
