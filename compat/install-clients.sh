#!/bin/sh
# install-clients.sh: everything that the compatibility tests run and the build does not bring: Debian's kcat,
# python3-kafka and python3-confluent-kafka with their codecs, the npm clients of the lock files, four versions of the
# Java client, and Kafka Streams. Says nothing and takes a moment when all is there. Called by the build of compat.
set -eu
compat=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$compat")
. "$root/bin/find-java.sh"
millrace_find_java

packages="kcat python3-kafka python3-confluent-kafka python3-snappy python3-lz4 python3-zstandard"
java_versions="2.1.1 2.8.2 3.9.2 4.4.0"
lock=$compat/target/install.lock
mkdir -p "$compat/target/java-clients"

fail() {
  echo "install-clients.sh: $1 (or leave these tests out with -Dcompat.skip=true)" >&2
  exit 1
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_debian_packages() {
  missing=''
  for package in $packages; do is_installed "$package" || missing="$missing $package"; done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail "the tests need$missing, and here is no apt-get to install them: install them by hand"
  [ "$(id -u)" -eq 0 ] || fail "the tests need Debian packages and only root may install them: sudo apt-get install$missing"
  echo "installing$missing" >&2
  # shellcheck disable=SC2086 # one word per package
  { apt_get install -y --no-install-recommends $missing ||
    { apt_get update && apt_get install -y --no-install-recommends $missing; }; } >"$compat/target/apt.log" 2>&1 ||
    fail "apt-get cannot install$missing, $compat/target/apt.log says why: install them by hand, or give this machine a network"
}

apt_get() { # asks nothing, and waits for another apt-get to end
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

install_npm_packages() { # CLIENT
  dir=$compat/clients/$1
  stamp=$dir/node_modules/.installed
  if [ -f "$stamp" ] && cmp -s "$dir/package-lock.json" "$stamp"; then return 0; fi
  command -v npm >/dev/null || fail "the tests need Node.js 20 with npm (Debian: apt-get install nodejs npm)"
  echo "installing the npm packages of $1" >&2
  (cd "$dir" && npm ci --ignore-scripts --no-fund --no-audit) >"$compat/target/npm-$1.log" 2>&1 ||
    fail "npm cannot install $dir, $compat/target/npm-$1.log says why"
  cp "$dir/package-lock.json" "$stamp"
}

resolve() { # NAME POM [PROPERTY]: the class path of what a pom asks for
  file=$compat/target/java-clients/$1.classpath
  if [ -s "$file" ] && [ "$file" -nt "$2" ] && all_there "$file"; then return 0; fi
  echo "resolving the Java client $1" >&2
  "$root/mvnw" -q -B -f "$2" ${3:+"$3"} \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile="$file" \
    >"$compat/target/maven-$1.log" 2>&1 || fail "Maven cannot resolve it, $compat/target/maven-$1.log says why"
  touch "$file" # the plugin leaves a file alone that says the same
}

all_there() { # CLASS_PATH_FILE
  tr ':' '\n' <"$1" | while read -r jar; do [ -f "$jar" ] || exit 1; done
}

compile() { # PROGRAM CLASS_PATH_OF RELEASE
  class=$compat/target/java-clients/classes/${1##*/}.class
  [ ! "$class" -nt "$compat/clients/$1.java" ] || return 0
  "$JAVA_HOME/bin/javac" --release "$3" -Xlint:-options -nowarn -d "${class%/*}" \
    -cp "$(cat "$compat/target/java-clients/$2.classpath")" "$compat/clients/$1.java"
}

exec 9>"$lock"
flock 9
install_debian_packages
command -v node >/dev/null || fail "the tests need Node.js 20 (Debian: apt-get install nodejs npm)"
install_npm_packages kafkajs
install_npm_packages platformatic
for version in $java_versions; do resolve "$version" "$compat/clients/java/pom.xml" "-Dclient.version=$version"; done
resolve streams "$compat/clients/streams/pom.xml"
# Against the oldest version, so that their one class file each has to suit all.
compile java/Driver "${java_versions%% *}" 8
compile java/Member "${java_versions%% *}" 8
compile streams/WordCount streams 17
