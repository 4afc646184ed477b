# Sourced by the scripts of compat: compat_kafka_class_path sets JAVA_HOME, and prints the class path of Apache Kafka
# with our runner ahead of it. Builds that module when it is missing or older than its sources.

compat_root=$(cd "$(dirname "$0")/.." && pwd)
. "$compat_root/bin/find-java.sh"

compat_kafka_class_path() {
  millrace_find_java || return 1
  compat_target=$compat_root/compat/kafka/target
  if [ ! -s "$compat_target/classpath" ] ||
    [ -n "$(find "$compat_root/compat/kafka/src" "$compat_root/compat/kafka/pom.xml" -newer "$compat_target/classpath" | head -n 1)" ]; then
    echo "fetching Apache Kafka and its published tests from Maven Central (once, about 150 MB)" >&2
    (cd "$compat_root" && ./mvnw -q -B -Dfast -f pom.xml -pl compat/kafka process-classes >&2) || return 1
    touch "$compat_target/classpath"
  fi
  printf '%s:' "$compat_target/classes"
  cat "$compat_target/classpath"
}
