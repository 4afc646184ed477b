/// The tools with Apache Kafka's names, flags and output: `kafka-topics`, `kafka-console-producer` and their siblings.
///
/// **Role.** A second front end for `cli.cluster` and `cli.record`, for scripts and tutorials written for Kafka's own tools.
/// **Why not picocli.** Kafka's tools follow another grammar (optional values that stop before the next flag, `--name=value`,
/// no abbreviations, exit code 1 for a usage error); `OptionTable` is that grammar, and costs no reflection at start.
/// **Start reading at** `Tools`, then `KafkaTopics`.
@NullMarked
package dev.millrace.cli.tools;

import org.jspecify.annotations.NullMarked;
