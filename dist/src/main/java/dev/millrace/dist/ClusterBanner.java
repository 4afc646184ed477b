package dev.millrace.dist;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.dist.local.LocalPlan;

/// What a person sees when a cluster in one process is ready: where it is, how it differs from one broker, what to try next.
final class ClusterBanner {
    private static final String USUAL = "localhost:" + BrokerConfig.DEFAULT_PORT;

    private ClusterBanner() {}

    /// @param controlled whether brokers can be stopped and started from another terminal
    static String text(LocalPlan plan, boolean memory, boolean controlled) {
        int last = plan.brokers();
        String server =
                plan.address(1).equals(USUAL) ? "" : " --bootstrap-server " + plan.address(1);
        return "\n  Millrace is ready in "
                + Banner.sinceProcessStartMs()
                + " ms: "
                + last
                + " brokers in this process, one cluster.\n\n    Kafka clients   "
                + plan.bootstrapServers()
                + "\n    data            "
                + (memory
                        ? "in memory, gone at the end"
                        : plan.data().toAbsolutePath().normalize() + ", a folder for each broker")
                + "\n    metrics         "
                + metrics(plan)
                + "\n    topics          "
                + topics(plan)
                + "\n    stop            Ctrl-C\n\n  Try, in another terminal:\n\n    ./millrace topic create hello --partitions 6"
                + server
                + "\n    ./millrace cluster status"
                + server
                + (controlled ? stopAndStart(server) : "")
                + "\n\n";
    }

    private static String metrics(LocalPlan plan) {
        if (plan.http(1).isEmpty()) {
            return "none";
        }
        var all = new StringBuilder("http://" + plan.http(1) + "/metrics");
        for (int id = 2; id <= plan.brokers(); id++) {
            all.append(id == 2 ? "; of broker " : ", of ").append(id);
            all.append(" at ").append(plan.http(id));
        }
        return all.toString();
    }

    private static String topics(LocalPlan plan) {
        int replicas = plan.replicas();
        return replicas == 1
                ? "on one broker each: while that is stopped, so are they"
                : "on "
                        + replicas
                        + " brokers each; a write with acks=all wants "
                        + plan.inSync()
                        + " of them";
    }

    private static String stopAndStart(String server) {
        return "\n    ./millrace cluster stop-broker 2"
                + server
                + "\n    ./millrace topic describe hello"
                + server
                + "\n    ./millrace cluster start-broker 2"
                + server;
    }
}
