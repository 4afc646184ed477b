package dev.millrace.compat;

import static dev.millrace.compat.MemberKind.CONFLUENT_KAFKA;
import static dev.millrace.compat.MemberKind.JAVA_2_1_1;
import static dev.millrace.compat.MemberKind.JAVA_2_8_2_COOPERATIVE;
import static dev.millrace.compat.MemberKind.JAVA_CONSUMER;
import static dev.millrace.compat.MemberKind.JAVA_CONSUMER_RANGE;
import static dev.millrace.compat.MemberKind.JAVA_COOPERATIVE;
import static dev.millrace.compat.MemberKind.JAVA_RANGE;
import static dev.millrace.compat.MemberKind.KAFKAJS;
import static dev.millrace.compat.MemberKind.KAFKA_PYTHON;
import static dev.millrace.compat.MemberKind.PLATFORMATIC;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.compat.GroupUnderTest.Cast;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Groups of other people's clients share a topic while their members are killed, paused and added.
///
/// `-Dcompat.groups=full` (default: a few members of each client at once): all clients in groups of 1 to 50.
/// `-Dcompat.groups=NAME`: that round alone. `-Dcompat.seed=N` chooses what is done to whom.
@DisabledIfSystemProperty(
        named = "compat.bootstrap",
        matches = ".+",
        disabledReason = "wants short sessions, which are the broker's to allow")
@Execution(ExecutionMode.CONCURRENT)
class GroupsTest {
    private static final String SIZE = System.getProperty("compat.groups", "smoke");
    private static final long SEED = Long.getLong("compat.seed", System.nanoTime());
    static final Map<String, String> SHORT_SESSIONS =
            Map.of(
                    "group.min.session.timeout.ms", "1000",
                    "group.consumer.min.session.timeout.ms", "1000",
                    "group.consumer.session.timeout.ms", "" + GroupUnderTest.SESSION_MS,
                    "group.consumer.min.heartbeat.interval.ms", "500",
                    "group.consumer.heartbeat.interval.ms", "1000",
                    "group.streams.min.session.timeout.ms", "1000",
                    "group.streams.session.timeout.ms", "" + GroupUnderTest.SESSION_MS,
                    "group.streams.min.heartbeat.interval.ms", "500",
                    "group.streams.heartbeat.interval.ms", "1000");
    private static final List<MemberKind> RANGE =
            List.of(JAVA_RANGE, KAFKAJS, KAFKA_PYTHON, CONFLUENT_KAFKA, PLATFORMATIC, JAVA_2_1_1);
    private static final List<MemberKind> COOPERATIVE =
            List.of(JAVA_COOPERATIVE, JAVA_2_8_2_COOPERATIVE);
    private static final List<MemberKind> CONSUMER = List.of(JAVA_CONSUMER);
    private static final List<MemberKind> MIGRATION = List.of(JAVA_RANGE, JAVA_CONSUMER_RANGE);
    private static final List<MemberKind> COOPERATIVE_MIGRATION =
            List.of(JAVA_COOPERATIVE, JAVA_CONSUMER);

    /// Groups that share a topic at one time.
    record Round(String name, int partitions, List<Cast> casts) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Round> rounds() {
        List<Round> rounds =
                new ArrayList<>(
                        List.of(smoke(), each("one-each", 1, 1, 3), each("six-each", 2, 3, 5)));
        for (int members : new int[] {10, 25, 50}) {
            int processes = members / 5;
            rounds.add(
                    round(
                            "range-" + members,
                            60,
                            new Cast("range-" + members, RANGE, processes, 5, 8)));
            rounds.add(
                    round(
                            "cooperative-" + members,
                            60,
                            new Cast("cooperative-" + members, COOPERATIVE, processes, 5, 8)));
            rounds.add(
                    round(
                            "consumer-" + members,
                            60,
                            new Cast("consumer-" + members, CONSUMER, processes, 5, 8)));
            rounds.add(
                    round(
                            "migration-" + members,
                            60,
                            new Cast("migration-" + members, MIGRATION, processes, 5, 8)));
            rounds.add(
                    round(
                            "cooperative-migration-" + members,
                            60,
                            new Cast(
                                    "cooperative-migration-" + members,
                                    COOPERATIVE_MIGRATION,
                                    processes,
                                    5,
                                    8)));
        }
        return rounds.stream().filter(round -> chosen(round.name()));
    }

    private static boolean chosen(String round) {
        return SIZE.equals("full") ? !round.equals("smoke") : round.equals(SIZE);
    }

    private static Round smoke() {
        return round(
                "smoke",
                24,
                new Cast("range", RANGE, RANGE.size(), 2, 5),
                new Cast("cooperative", COOPERATIVE, 2, 2, 4),
                new Cast("consumer", CONSUMER, 2, 2, 4),
                new Cast("migration", MIGRATION, 2, 2, 3));
    }

    /// A group for every client.
    private static Round each(String name, int processes, int perProcess, int faults) {
        return round(
                name,
                24,
                Arrays.stream(MemberKind.values())
                        .map(kind ->
                                new Cast(
                                        name + "-" + kind.label(),
                                        List.of(kind),
                                        processes,
                                        perProcess,
                                        faults))
                        .toArray(Cast[]::new));
    }

    private static Round round(String name, int partitions, Cast... casts) {
        return new Round(name, partitions, List.of(casts));
    }

    @ParameterizedTest
    @MethodSource("rounds")
    void everyRecordIsDeliveredAndNothingIsOwnedTwice(Round round) throws Exception {
        System.out.println("GroupsTest: -Dcompat.groups=" + round + " -Dcompat.seed=" + SEED);
        Path logs =
                Files.createTempDirectory(
                        Files.createDirectories(Repository.COMPAT.resolve("target")),
                        "groups-" + round + "-");
        try (Broker broker = Broker.start("groups-broker", SHORT_SESSIONS)) {
            String topic = "shared-by-" + round.name();
            List<Cast> casts = round.casts();
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
                admin.createTopics(List.of(new NewTopic(topic, round.partitions(), (short) 1)))
                        .all()
                        .get();
                if (Features.finalized(admin, "group.version") == 0)
                    casts = casts.stream().filter(GroupsTest::isClassic).toList();
            }
            List<GroupUnderTest> groups = new ArrayList<>();
            for (Cast cast : casts)
                groups.add(
                        new GroupUnderTest(
                                cast,
                                broker.bootstrap(),
                                topic,
                                round.partitions(),
                                logs,
                                SEED + groups.size()));
            play(groups, PacedProducer.start(broker.bootstrap(), topic, round.partitions()));
        }
    }

    private static void play(List<GroupUnderTest> groups, PacedProducer producer) throws Exception {
        try {
            atOnce(
                    groups,
                    group -> {
                        group.start();
                        group.disturb();
                    });
            Map<Integer, Long> produced = producer.finish();
            atOnce(groups, group -> group.settle(produced));
            for (GroupUnderTest group : groups)
                assertEquals(List.of(), group.violations(produced), group.group());
            atOnce(groups, GroupUnderTest::leaveAll);
        } finally {
            groups.forEach(GroupUnderTest::killAll);
        }
    }

    private static void atOnce(List<GroupUnderTest> groups, Consumer<GroupUnderTest> what)
            throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (GroupUnderTest group : groups)
                running.add(threads.submit(() -> what.accept(group)));
            for (Future<?> one : running) one.get();
        }
    }

    private static boolean isClassic(Cast cast) {
        return cast.kinds().stream().noneMatch(MemberKind::speaksConsumerProtocol);
    }
}
