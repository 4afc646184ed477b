package dev.millrace.dist;

import dev.millrace.broker.Ahead;
import dev.millrace.broker.Broker;
import dev.millrace.broker.JavaChecks;
import dev.millrace.broker.StartFailed;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.WrongSetting;
import dev.millrace.dist.local.LocalPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// `millrace up`: runs a broker until a signal ends it.
final class Up {
    private static final int FAILED = 1;
    private static final int WRONG = 2;

    private Up() {}

    /// @return the exit code
    static int run(List<String> words) throws IOException, InterruptedException {
        Ahead.begin();
        Logging.forBroker();
        String refusal = JavaChecks.refusal(Logging.jvmOptions());
        if (refusal != null) {
            return say(FAILED, refusal);
        }
        try {
            return run(UpOptions.parse(words));
        } catch (WrongSetting e) {
            return say(WRONG, e.getMessage());
        } catch (StartFailed e) {
            LoggerFactory.getLogger(Up.class).debug("The start has failed", e);
            return say(FAILED, e.getMessage());
        }
    }

    private static int run(UpOptions options)
            throws WrongSetting, StartFailed, IOException, InterruptedException {
        if (options.help()) {
            System.out.print(UpOptions.HELP);
            return 0;
        }
        if (options.brokers() != 1) {
            return UpCluster.run(options);
        }
        var warnings = new ArrayList<String>();
        BrokerConfig config = BrokerConfig.from(options.settings(), warnings);
        warnings.forEach(warning -> LoggerFactory.getLogger("settings").warn("{}", warning));
        if (!options.memory()) {
            LocalPlan.checkFolder(config.logDirs().getFirst(), 1);
        }
        Broker broker = Broker.start(config, options.memory());
        // SIGTERM or SIGINT: the signal's own thread stops the broker, and the process ends when it
        // has.
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(broker::stop));
        banner(options, config, broker);
        if (options.train()) {
            Training.broker(broker.addresses().getFirst());
            broker.stop();
        } else {
            new CountDownLatch(1).await();
        }
        return 0;
    }

    private static int say(int exitCode, @Nullable String sentence) {
        System.err.println("millrace: " + sentence);
        return exitCode;
    }

    private static void banner(UpOptions options, BrokerConfig config, Broker broker) {
        if (options.quiet()) {
            return;
        }
        try {
            System.out.print(
                    Banner.text(
                            config,
                            options.memory() ? List.of() : broker.logDirs(),
                            broker.addresses(),
                            broker.httpAddress()));
            System.out.flush();
        } catch (IOException e) {
            LoggerFactory.getLogger(Up.class).debug("No address to show", e);
        }
    }
}
