#!/bin/sh
# run.sh: FirstProgram.java with the official client from Maven Central. BOOTSTRAP names the broker.
set -eu
cd "$(dirname "$0")"
. ../../bin/find-java.sh
millrace_find_java
if [ ! target/classpath -nt pom.xml ]; then
  ../../mvnw -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=target/classpath
  touch target/classpath # the plugin leaves a file alone that says the same
fi
exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -cp "$(cat target/classpath)" FirstProgram.java
