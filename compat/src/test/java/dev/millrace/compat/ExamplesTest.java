package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Every program under `examples/` as it stands: what its first user sees.
@ExtendWith(SharedBroker.Extension.class)
class ExamplesTest {
    private static final String PYTHON = "/usr/bin/python3"; // Debian's, which its packages are for

    private final String bootstrap;

    ExamplesTest(SharedBroker broker) {
        bootstrap = broker.bootstrap();
    }

    @Test
    void kafkaPython() {
        String sent = run(PYTHON, "kafka-python/producer.py");
        assertEquals(10, count(sent, "^sent to python-events-\\d at offset \\d+$"), sent);
        assertEquals(0, count(sent, "not sent"), sent);
        String read = run(PYTHON, "kafka-python/consumer.py");
        assertEquals(
                11,
                count(read, "^python-events-\\d@\\d+ user-\\d: \\{'user': 'user-\\d', 'action'"),
                read);
        assertShows(read, "^iteration read 11 records$");
        assertShows(read, "^the group read 11 records$");
        assertShows(read, "^python-events-\\d is committed up to \\d+$");
        assertShows(
                run(PYTHON, "kafka-python/consumer.py"),
                "^the group read 0 records$"); // all was committed
    }

    @Test
    void confluentKafka() {
        String sent = run(PYTHON, "confluent-kafka/producer.py");
        assertShows(sent, "^created orders$");
        assertEquals(12, count(sent, "^delivered to orders \\[\\d\\] at offset \\d+$"), sent);
        String read = run(PYTHON, "confluent-kafka/consumer.py");
        assertEquals(12, count(read, "^customer-\\d: order \\d+$"), read);
        assertEquals(3, count(read, "^end of orders \\[\\d\\] at offset \\d+$"), read);
        assertShows(read, "^read 12 records$");
        assertShows(run(PYTHON, "confluent-kafka/producer.py"), "^orders is there already$");
    }

    @Test
    void kafkajs() {
        String sent = run("node", "kafkajs/producer.js");
        assertShows(sent, "^created js-events$");
        assertShows(sent, "^sent to js-events-\\d from offset 0$");
        String read = run("node", "kafkajs/consumer.js");
        assertShows(read, "page: view trace-id=1$");
        assertShows(read, "page: click");
        assertShows(read, "cart: \\{\"items\":3\\}");
        assertShows(read, "^read 3 records$");
    }

    @Test
    void java() {
        String said = run("sh", "java/run.sh");
        assertShows(said, "^created java-events$");
        assertEquals(5, count(said, "^sent to java-events-\\d@\\d$"), said);
        assertEquals(5, count(said, "^java-events-\\d@\\d key-\\d: value-\\d$"), said);
        assertShows(said, "^read 5 records$");
    }

    @Test
    void shellCommands() {
        String said = run("sh", "shell/first-commands.sh");
        assertShows(said, "^Created topic quickstart-events\\.$");
        assertShows(said, "^quickstart-events$");
        assertShows(
                said, "^Topic: quickstart-events\\s.*PartitionCount: 3\\s+ReplicationFactor: 1\\s");
        assertEquals(
                3,
                count(said, "^\\s+Topic: quickstart-events\\s+Partition: \\d\\s+Leader: \\d+\\s"),
                said);
        assertEquals(2, count(said, "^user-1:logged (in|out)$"), said);
        assertShows(said, "^user-2:logged in$");
        assertShows(
                said,
                "^quickstart-events-readers\\s+quickstart-events\\s+\\d\\s+\\d+\\s+\\d+\\s+0\\s");
        assertShows(said, "Produce\\(0\\): ");
    }

    @Test
    void aRealLogFile() {
        String said = run("sh", "stream-a-log.sh");
        assertShows(said, "^streaming [1-9]\\d* lines of /var/log/");
        assertShows(said, "^the same, byte for byte$");
    }

    private String run(String interpreter, String example) {
        return Command.of(interpreter, Repository.EXAMPLES.resolve(example).toString())
                .environment("BOOTSTRAP", bootstrap)
                .environment("KAFKA_BIN", KafkaTool.scripts().toString())
                .environment(
                        "NODE_PATH",
                        Repository.COMPAT.resolve("clients/kafkajs/node_modules").toString())
                .run()
                .succeeded()
                .out();
    }

    private static void assertShows(String output, String regex) {
        assertTrue(count(output, regex) > 0, "nothing like " + regex + " in:\n" + output);
    }

    private static long count(String output, String regex) {
        return Pattern.compile(regex, Pattern.MULTILINE).matcher(output).results().count();
    }
}
