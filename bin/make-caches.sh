#!/bin/sh
# Makes the start-up caches of a distribution (JDK 25's ahead-of-time caches) for the Java of this machine:
# make-caches.sh DIST_DIRECTORY. A few seconds. Without them everything works the same, and starts more slowly.
set -eu
dist=$1
. "$(dirname "$0")/find-java.sh"
millrace_find_java || exit 1
work=$dist/cache/making
rm -rf "$dist/cache"
mkdir -p "$work"
broker=
trap '[ -z "$broker" ] || { kill "$broker" && wait "$broker"; } 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

java=$JAVA_HOME/bin/java
common="-Xss512k --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
# The collector and the class path must be those of ./millrace, or the cache does not fit.
up="-XX:+UseSerialGC"
cli="-XX:+UseSerialGC -XX:TieredStopAtLevel=1"

# Settings as people give them: what reads them belongs into the cache too.
cat >"$work/server.properties" <<EOF
node.id=1
process.roles=broker,controller
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0
advertised.listeners=PLAINTEXT://127.0.0.1:9092
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
num.network.threads=3
num.partitions=1
offsets.topic.replication.factor=1
auto.create.topics.enable=true
millrace.http.listener=127.0.0.1:0
EOF

echo "millrace: making the start-up caches" >&2
# shellcheck disable=SC2086 # lists of words
"$java" $up $common -XX:AOTCacheOutput="$work/broker.aot" -Xlog:aot*=error -Xlog:cds*=error -cp "$dist/lib/*" \
  dev.millrace.dist.Millrace up --config "$work/server.properties" --train --data "$work/data" >"$work/broker.log" 2>&1 || { cat "$work/broker.log" >&2; exit 1; }
mv "$work/broker.aot" "$dist/cache/broker.aot"

: >"$work/second.log"
# shellcheck disable=SC2086
"$java" $up $common -XX:AOTCache="$dist/cache/broker.aot" -cp "$dist/lib/*" \
  dev.millrace.dist.Millrace up --port 0 --data "$work/data2" >"$work/second.log" 2>&1 &
broker=$!
tries=0
until address=$(sed -n 's/^ *Kafka clients *//p' "$work/second.log") && [ -n "$address" ]; do
  tries=$((tries + 1))
  [ $tries -le 100 ] || exit 1
  sleep 0.1
done
# shellcheck disable=SC2086
"$java" $cli $common -XX:AOTCacheOutput="$work/cli.aot" -Xlog:aot*=error -Xlog:cds*=error -cp "$dist/lib/*" \
  dev.millrace.dist.Millrace train-command-line "$address" >"$work/cli.log" 2>&1 || { cat "$work/cli.log" >&2; exit 1; }
mv "$work/cli.aot" "$dist/cache/cli.aot"
