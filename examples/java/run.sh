#!/bin/sh
# run.sh: FirstProgram.java with the official client from Maven Central. BOOTSTRAP names the broker.
set -eu
cd "$(dirname "$0")"
. ../../bin/find-java.sh
millrace_find_java
[ target/classpath -nt pom.xml ] || ../../mvnw -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile=target/classpath
exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp "$(cat target/classpath)" FirstProgram.java
