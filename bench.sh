#!/bin/sh
# The side-by-side benchmark: ./bench.sh --help. Builds the module, fetches Apache Kafka from Maven Central on the first run.
set -eu
root=$(cd "$(dirname "$0")" && pwd)
. "$root/bin/find-java.sh"
millrace_find_java || exit 1

target=$root/bench/target
version=$(sed -n 's:.*<kafka.peer.version>\(.*\)</kafka.peer.version>.*:\1:p' "$root/pom.xml")
peer=$target/peer/kafka-$version

# Built when a source or pom is newer than the last build; its class path is kept in a file.
if [ ! -f "$target/classpath" ] || [ -n "$(find "$root/bench/src/main" "$root/bench/pom.xml" "$root/pom.xml" -newer "$target/classpath" -print -quit)" ]; then
  echo "bench: building" >&2
  "$root/mvnw" -q -B -Dfast -f "$root/pom.xml" -pl bench compile dependency:build-classpath \
    -Dmdep.includeScope=runtime -Dmdep.outputFile="$target/classpath.new" >&2
  mv "$target/classpath.new" "$target/classpath"
fi
if [ ! -f "$peer/.complete" ]; then
  echo "bench: fetching Apache Kafka $version from Maven Central into $peer (once, about 45 MB)" >&2
  rm -rf "$peer"
  "$root/mvnw" -q -B -f "$root/bench/peer/pom.xml" -Dkafka.peer.version="$version" -Dpeer.directory="$peer" \
    dependency:copy-dependencies >&2 &
  fetching=$!
  while kill -0 "$fetching" 2>/dev/null; do printf . >&2; sleep 1; done
  wait "$fetching"
  echo " $(ls "$peer" | wc -l) jars" >&2
  ls "$peer/kafka_2.13-$version.jar" >/dev/null && touch "$peer/.complete"
fi

# Millrace is built before any clock runs, and measured as if installed: its launcher looks for changed sources no more.
case " $* " in
  *" --list "* | *" --help "* | *" -h "*) ;;
  *) "$root/millrace" version >&2 && MILLRACE_BUILD=no && export MILLRACE_BUILD ;;
esac

terminal=false
[ -t 2 ] && terminal=true
exec "$JAVA_HOME/bin/java" -Xmx256m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
  -Dbench.root="$root" -Dbench.kafka="$peer" -Dbench.terminal=$terminal \
  -cp "$target/classes:$(cat "$target/classpath")" dev.millrace.bench.Bench "$@"
