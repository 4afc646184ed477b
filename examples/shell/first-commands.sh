#!/bin/sh
# first-commands.sh: the commands of every tutorial: create, list, describe and delete a topic, produce and consume with
# keys, describe a group, ask for the API versions. BOOTSTRAP names the broker, KAFKA_BIN where the commands are.
set -eu
bin=${KAFKA_BIN:-$(cd "$(dirname "$0")/../../bin" && pwd)}
server=${BOOTSTRAP:-localhost:9092}
topic=${TOPIC:-quickstart-events}

"$bin/kafka-topics.sh" --bootstrap-server "$server" --create --topic "$topic" --partitions 3 --replication-factor 1
"$bin/kafka-topics.sh" --bootstrap-server "$server" --list
"$bin/kafka-topics.sh" --bootstrap-server "$server" --describe --topic "$topic"

printf 'user-1:logged in\nuser-2:logged in\nuser-1:logged out\n' |
  "$bin/kafka-console-producer.sh" --bootstrap-server "$server" --topic "$topic" \
    --property parse.key=true --property key.separator=:

"$bin/kafka-console-consumer.sh" --bootstrap-server "$server" --topic "$topic" --from-beginning --group "$topic-readers" \
  --property print.key=true --property key.separator=: --max-messages 3

"$bin/kafka-consumer-groups.sh" --bootstrap-server "$server" --describe --group "$topic-readers"
"$bin/kafka-broker-api-versions.sh" --bootstrap-server "$server"
"$bin/kafka-topics.sh" --bootstrap-server "$server" --delete --topic "$topic"
