package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.tools.Tools;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The rim: exit codes, help, one clear sentence for what goes wrong before a broker is reached.
class MainTest {
    /// `FREE` is a port of this machine where nobody listens.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    version                                                    | 0 | Millrace
                    version --output json                                      | 0 | "millrace":
                    --help                                                     | 0 | produce
                    topic --help                                               | 0 | Examples:
                    topic create --help                                        | 0 | --if-not-exists
                    consume --help                                             | 0 | %p:%o %k=%s
                    topic                                                      | 2 | Commands:
                    topic invent                                               | 2 | invent
                    topic list --nonsense                                      | 2 | --nonsense
                    topic create                                               | 2 | TOPIC
                    topic list -b nowhere                                      | 2 | takes host:port
                    topic list -b localhost:FREE                               | 1 | no broker answers at localhost:FREE: is it running? `millrace up` starts one
                    produce t -b localhost:FREE                                | 1 | no broker answers
                    produce t -k a -K :                                        | 2 | use one of them
                    consume t -b localhost:FREE                                | 1 | no broker answers
                    consume t -g g -p 1                                        | 2 | use -g or -p
                    consume t -o soon                                          | 2 | no place to start
                    group list -b localhost:FREE                               | 1 | no broker answers
                    group describe g --every 0                                 | 2 | --every takes
                    group describe g -b localhost:FREE --watch                 | 1 | no broker answers
                    group reset g                                              | 2 | --to-earliest
                    group reset g --to-latest --to-earliest                    | 2 | mutually exclusive
                    group reset g --to-datetime soon                           | 2 | is not a time
                    group why g --last 0                                       | 2 | --last takes
                    group why g -b localhost:FREE                              | 1 | no broker answers
                    group delete g -b localhost:FREE                           | 1 | no broker answers
                    perf                                                       | 2 | latency
                    perf produce --help                                        | 0 | --record-size
                    perf produce t -b localhost:FREE                           | 1 | no broker answers
                    perf produce t --rate 0                                    | 2 | more than 0, for example 1000/s
                    perf produce t --records 0                                 | 2 | from 1 on
                    perf produce t --records 5 --duration 5s                   | 2 | use one of them
                    perf produce t --records 5 --producers 6                   | 2 | fewer --producers
                    perf produce t --duration 5                                | 2 | with its unit
                    perf produce t --duration 0                                | 2 | longer than 0
                    perf produce t --record-size 1TB                           | 2 | for example 100B
                    perf produce t --compressible 2                            | 2 | from 0 to 1
                    perf produce t --payload-file f --record-size 1KB          | 2 | brings the values
                    perf produce t --payload-file /no/such/file                | 1 | no such file
                    perf produce t --partitions 0                              | 2 | --partitions takes
                    perf produce t --producers 0                               | 2 | --producers takes
                    perf produce t --acks 1 --idempotence                      | 2 | it needs --acks all
                    perf produce t --acks 1 -X acks=all                        | 2 | --acks and -X acks contradict
                    perf produce t --acks 7 -b localhost:FREE                  | 1 | Invalid value 7
                    perf consume t -b localhost:FREE                           | 1 | no broker answers
                    perf consume t --consumers 0                               | 2 | --consumers takes
                    perf consume t --from middle                               | 2 | middle
                    perf consume t -X group.id=g                               | 2 | use --group
                    perf consume t --fetch-min 1 -X fetch.min.bytes=2          | 2 | use one of them
                    perf latency t -b localhost:FREE                           | 1 | no broker answers
                    perf latency t --record-size 10B                           | 2 | 16 B or more
                    perf latency t --rate 1000000/s --duration 1h              | 2 | lower --rate
                    perf latency t --timeout never                             | 2 | with its unit
                    kafka-nothing                                              | 1 | there are kafka-topics
                    tool kafka-topics --help                                   | 0 | --under-replicated-partitions
                    kafka-topics --version                                     | 0 | (Millrace
                    kafka-topics --bootstrap-server localhost:FREE --list      | 1 | no broker answers at localhost:FREE
                    kafka-topics --zookeeper localhost:2181 --list             | 1 | give a broker instead
                    kafka-topics --list                                        | 1 | bootstrap-server
                    kafka-topics --bootstrap-server b:1 --list --describe      | 1 | exactly one action
                    kafka-topics --bootstrap-server b:1 --list --bogus         | 1 | bogus is not a recognized option
                    kafka-topics --bootstrap-server b:1 --create               | 1 | Missing required argument "[topic]"
                    kafka-topics --bootstrap-server b:1 --create --topic t --partitions 0         | 1 | greater than 0
                    kafka-topics --bootstrap-server b:1 --create --topic t --replica-assignment x | 1 | not a replica assignment
                    kafka-console-producer --broker-list localhost:FREE --topic t                 | 1 | no broker answers
                    kafka-console-consumer --bootstrap-server b:1                                 | 1 | [topic], [include]
                    kafka-console-consumer --bootstrap-server b:1 --topic t --partition 0 --offset soon | 1 | a non-negative long
                    kafka-console-consumer --bootstrap-server localhost:FREE --topic t            | 1 | no broker answers
                    kafka-consumer-groups --bootstrap-server b:1 --describe                       | 1 | [all-groups], [group]
                    kafka-consumer-groups --bootstrap-server b:1 --reset-offsets --group g --topic t | 1 | requires one of the following
                    kafka-consumer-groups --bootstrap-server b:1 --reset-offsets --group g --to-latest | 1 | --all-topics, --topic
                    kafka-consumer-groups --validate-regex a.*                 | 0 | is valid
                    kafka-consumer-groups --validate-regex (?=a)               | 1 | is invalid
                    kafka-consumer-groups --bootstrap-server b:1 --list --members | 1 | Option(s) [members] are unavailable
                    kafka-consumer-groups --bootstrap-server b:1 --delete --group g --topic t | 1 | does not support topic-specific
                    kafka-consumer-groups --bootstrap-server b:1 --reset-offsets --group g --all-topics --to-latest --to-earliest | 1 | can't be used with
                    kafka-consumer-groups --bootstrap-server b:1 --delete-offsets --group g --topic t:a --timeout x | 1 | of option timeout
                    kafka-groups --bootstrap-server b:1                        | 1 | exactly one action: --list
                    kafka-groups --bootstrap-server b:1 --list --group-type t  | 1 | --group-type must be a valid
                    kafka-groups --bootstrap-server b:1 --list --share --streams | 1 | "[share]" can't be used with option "[streams]"
                    kafka-groups --bootstrap-server localhost:FREE --list      | 1 | no broker answers
                    kafka-streams-groups --bootstrap-server b:1                | 1 | exactly one action: --list, --describe
                    kafka-streams-groups --bootstrap-server b:1 --describe     | 1 | [all-groups], [group]
                    kafka-streams-groups --bootstrap-server b:1 --reset-offsets --group g --to-latest | 1 | [execute] or [dry-run]
                    kafka-streams-groups --bootstrap-server b:1 --reset-offsets --group g --to-latest --dry-run | 1 | --all-input-topics, --input-topic
                    kafka-streams-groups --bootstrap-server b:1 --delete --group g --input-topic t | 1 | topic-specific offset deletion
                    kafka-streams-groups --bootstrap-server b:1 --list --delete-all-internal-topics | 1 | [delete], [reset-offsets]
                    kafka-configs --bootstrap-server b:1 --describe            | 1 | At least one entity type
                    kafka-configs --bootstrap-server b:1 --describe --entity-type things | 1 | Invalid entity type things
                    kafka-get-offsets --bootstrap-server b:1 --topic t --time never      | 1 | Malformed time argument never
                    kafka-producer-perf-test --topic t --num-records 1 --throughput -1 --record-size 10 | 1 | bootstrap-server
                    kafka-producer-perf-test --bootstrap-server b:1 --topic t --num-records 1 --throughput -1 | 1 | exactly one of --record-size
                    kafka-producer-perf-test --bootstrap-server b:1 --topic t --num-records 1 --throughput -1 --record-size 0 | 1 | greater than zero
                    kafka-producer-perf-test --bootstrap-server b:1 --topic t --num-records 1 --throughput 0 --record-size 1 | 1 | use -1
                    kafka-producer-perf-test --bootstrap-server b:1 --topic t --num-records 1 --throughput x --record-size 1 | 1 | takes a number
                    kafka-producer-perf-test --bootstrap-server localhost:FREE --topic t --num-records 1 --throughput -1 --record-size 1 | 1 | no broker answers at localhost:FREE
                    kafka-consumer-perf-test --bootstrap-server b:1 --topic t  | 1 | [messages], [num-records]
                    kafka-consumer-perf-test --bootstrap-server b:1 --topic t --num-records 0 | 1 | greater than zero
                    kafka-consumer-perf-test --bootstrap-server b:1 --topic t --num-records 1 --date-format bogus | 1 | takes a pattern
                    kafka-consumer-perf-test --bootstrap-server localhost:FREE --topic t --num-records 1 | 1 | no broker answers
                    kafka-delete-records --bootstrap-server b:1 --offset-json-file /no/such/file | 1 | cannot read /no/such/file: no such file
                    kafka-features version-mapping                                              | 0 | group.version=1
                    kafka-features describe                                                     | 1 | bootstrap-server
                    kafka-features --bootstrap-server b:1 version-mapping --release-version 4.3 | 0 | metadata.version=30 (4.3)
                    kafka-features --bootstrap-server b:1 version-mapping                       | 0 | metadata.version=33 (4.4-IV2)
                    kafka-features --bootstrap-server b:1 version-mapping --release-version 9.9 | 1 | Unknown metadata.version '9.9'
                    kafka-features --bootstrap-server b:1 feature-dependencies --feature eligible.leader.replicas.version=1 | 0 | metadata.version=23 (4.0-IV1)
                    kafka-features --bootstrap-server b:1 feature-dependencies --feature metadata.version=25 | 0 | metadata.version=25 (4.0-IV3) has no dependencies.
                    kafka-features --bootstrap-server b:1 feature-dependencies --feature share.version=3 | 1 | No feature:share.version with feature level 3
                    kafka-features --bootstrap-server b:1 feature-dependencies --feature a.b=1  | 1 | Unknown feature: a.b
                    kafka-features --bootstrap-server b:1 feature-dependencies                  | 1 | argument --feature is required
                    kafka-features --bootstrap-server b:1 upgrade --release-version 4.4 --feature kraft.version=1 | 1 | Can not specify `release-version` with
                    kafka-features --bootstrap-server b:1 upgrade --metadata 9.9                | 1 | Unknown metadata.version '9.9'
                    kafka-features --bootstrap-server b:1 describe --node-id -1                 | 1 | Invalid node id -1
                    kafka-features --bootstrap-server b:1 disable --release-version 4.4         | 1 | [release-version] is only valid with
                    kafka-reassign-partitions --bootstrap-server b:1                            | 1 | exactly one action: --generate, --execute, --verify, --cancel, --list
                    kafka-reassign-partitions --list                                            | 1 | Please specify either --bootstrap-server or
                    kafka-reassign-partitions --bootstrap-server b:1 --bootstrap-controller c:1 --list | 1 | don't specify both
                    kafka-reassign-partitions --bootstrap-server b:1 --execute                  | 1 | Missing required argument "[reassignment-json-file]"
                    kafka-reassign-partitions --bootstrap-server b:1 --list --throttle 5        | 1 | Option "[throttle]" can't be used with action "[list]"
                    kafka-reassign-partitions --bootstrap-controller b:1 --verify --reassignment-json-file f | 1 | Option "[bootstrap-controller]" can't be
                    kafka-reassign-partitions --bootstrap-server b:1 --generate --broker-list 1,1 --topics-to-move-json-file f | 1 | Broker list contains duplicate entries: [1]
                    kafka-reassign-partitions --bootstrap-server localhost:FREE --list          | 1 | no broker answers at localhost:FREE
                    kafka-log-dirs --bootstrap-server b:1                                       | 1 | Missing required argument "[describe]"
                    kafka-log-dirs --describe --broker-list 1                                   | 1 | "[bootstrap-server]"
                    kafka-log-dirs --bootstrap-server b:1 --describe --broker-list x            | 1 | of --broker-list is no broker id
                    kafka-leader-election --topic t                                             | 1 | Missing required option(s): bootstrap-server, election-type
                    kafka-leader-election --bootstrap-server b:1 --election-type preferred      | 1 | required: topic, all-topic-partitions, path-to-json-file
                    kafka-leader-election --bootstrap-server b:1 --election-type clean --all-topic-partitions | 1 | Cannot parse argument 'clean'
                    kafka-leader-election --bootstrap-server b:1 --election-type unclean --topic t | 1 | Missing required option(s): partition
                    kafka-leader-election --bootstrap-server b:1 --election-type unclean --all-topic-partitions --partition 0 | 1 | only allowed if topic is used
                    kafka-cluster cluster-id                                                    | 1 | bootstrap-server
                    kafka-cluster unregister -b b:1                                             | 1 | argument --id/-i is required
                    kafka-cluster list-endpoints -C b:1 --include-fenced-brokers                | 1 | only supported with --bootstrap-server
                    kafka-cluster cluster-id -b localhost:FREE                                  | 1 | no broker answers at localhost:FREE
                    topic create t -p 0                                        | 2 | --partitions takes a number from 1
                    topic create t -r 0                                        | 2 | --replication-factor takes a number from 1
                    consume t -o foo                                           | 2 | -N for the last N, or s@TIME for a time
                    consume --help                                             | 0 | s@-10m
                    """)
    void exitsAndExplains(String line, int exitCode, String said) throws IOException {
        String port = String.valueOf(freePort());
        var recorded = new Recorded();
        String[] words = line.replace("FREE", port).split(" ", -1);
        int code = Main.run(words, recorded.terminal);
        String all = recorded.out() + recorded.err();
        assertTrue(all.contains(said.replace("FREE", port)), all);
        assertEquals(exitCode, code, all);
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static List<String> tools() {
        return Tools.names();
    }

    @ParameterizedTest
    @MethodSource("tools")
    void everyToolHasHelpWithExamples(String tool) {
        var recorded = new Recorded();
        assertEquals(0, Main.run(new String[] {tool + ".sh", "--help"}, recorded.terminal));
        assertTrue(recorded.out().contains("Examples:\n  " + tool), recorded.out());
    }

    @Test
    void unreachableBrokerIsOneLine() throws IOException {
        var recorded = new Recorded();
        Main.run(
                new String[] {"topic", "list", "-b", "localhost:" + freePort()}, recorded.terminal);
        assertEquals(1, recorded.err().lines().count(), recorded.err());
    }
}
