package dev.millrace.dist;

import dev.millrace.broker.Broker;
import dev.millrace.broker.JavaChecks;
import dev.millrace.broker.StartFailed;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.config.WrongSetting;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `millrace up`: runs a broker until a signal ends it.
@Command(
        name = "up",
        description = "Run a broker in this terminal.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  millrace up                              on localhost:9092, data in ./millrace-data",
            "  millrace up --listen 0.0.0.0:9092        for other machines too",
            "  millrace up --config server.properties   with the settings of a Kafka broker",
            "  millrace up --set num.partitions=3       with one of them"
        })
final class UpCommand implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int WRONG = 2;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the data is kept (default: ./millrace-data).")
    @Nullable Path data;

    @Option(
            names = "--memory",
            description = "Keep everything in memory: gone at the end, for tests.")
    boolean memory;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where to listen (default: localhost:9092, this machine only).")
    @Nullable String listen;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "As --listen localhost:PORT; 0 takes a free one.")
    @Nullable Integer port;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings with Kafka's keys: a server.properties.")
    @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting with Kafka's key; may be repeated, wins over the file.")
    List<String> set = new ArrayList<>();

    @Option(names = "--quiet", description = "Print nothing when ready.")
    boolean quiet;

    private final PrintStream out = System.out;
    private final PrintStream err = System.err;

    @Override
    public Integer call() throws InterruptedException {
        Logging.forBroker();
        String refusal = JavaChecks.refusal(Logging.jvmOptions());
        if (refusal != null) {
            return say(FAILED, refusal);
        }
        try {
            var warnings = new ArrayList<String>();
            BrokerConfig read = BrokerConfig.from(settings(), warnings);
            warnings.forEach(w -> LoggerFactory.getLogger("settings").warn("{}", w));
            Broker broker = Broker.start(read, memory);
            untilSignal(broker, () -> banner(read, broker));
            return 0;
        } catch (WrongSetting e) {
            return say(WRONG, e.getMessage());
        } catch (StartFailed e) {
            LoggerFactory.getLogger(UpCommand.class).debug("The start has failed", e);
            return say(FAILED, e.getMessage());
        }
    }

    private int say(int exitCode, @Nullable String sentence) {
        err.println("millrace: " + sentence);
        return exitCode;
    }

    private Settings settings() throws WrongSetting {
        Settings settings = Settings.read(config, set);
        if (data != null) {
            settings = settings.without("log.dir").with("log.dirs", data.toString());
        }
        String address = listen != null ? listen : port != null ? "localhost:" + port : null;
        if (address != null) {
            if (!address.contains(":") || address.endsWith("]")) {
                address += ":" + (port == null ? BrokerConfig.DEFAULT_PORT : port);
            }
            settings = settings.with("listeners", "PLAINTEXT://" + address);
        }
        return settings;
    }

    /// Waits for SIGTERM or SIGINT; the signal's own thread stops the broker, and the process ends when it has.
    private static void untilSignal(Broker broker, Runnable ready) throws InterruptedException {
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("stop")
                                .unstarted(() -> {
                                    broker.stop();
                                    stopped.countDown();
                                }));
        ready.run();
        stopped.await();
    }

    private void banner(BrokerConfig config, Broker broker) {
        if (quiet) {
            return;
        }
        try {
            out.print(Banner.text(config, memory, broker.addresses()));
            out.flush();
        } catch (IOException e) {
            LoggerFactory.getLogger(UpCommand.class).debug("No address to show", e);
        }
    }
}
