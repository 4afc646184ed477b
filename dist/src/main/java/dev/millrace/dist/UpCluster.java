package dev.millrace.dist;

import dev.millrace.broker.StartFailed;
import dev.millrace.broker.config.WrongSetting;
import dev.millrace.dist.local.ControlDoor;
import dev.millrace.dist.local.LocalCluster;
import dev.millrace.dist.local.LocalPlan;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// `millrace up --brokers N`: runs a cluster until a signal ends it.
final class UpCluster {
    private UpCluster() {}

    static int run(UpOptions options) throws WrongSetting, StartFailed, InterruptedException {
        LocalPlan plan = LocalPlan.of(options.settings(), options.brokers());
        if (!options.memory()) {
            LocalPlan.checkFolder(plan.data(), plan.brokers());
        }
        LocalCluster cluster = LocalCluster.start(plan, options.memory());
        ControlDoor door = ControlDoor.open(cluster);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform().name("stop").unstarted(() -> stop(door, cluster)));
        if (!options.quiet()) {
            System.out.print(ClusterBanner.text(plan, options.memory(), door != null));
            System.out.flush();
        }
        new CountDownLatch(1).await();
        return 0;
    }

    private static void stop(@Nullable ControlDoor door, LocalCluster cluster) {
        if (door != null) {
            door.close();
        }
        cluster.close();
    }
}
