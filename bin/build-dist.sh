#!/bin/sh
# Builds the distribution into dist/target/dist: the jars, then the start-up caches. Called by ./millrace when it has to be.
# Two callers at the same time build once: the second waits.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
dist=$root/dist/target/dist
lock=$root/dist/target/building
log=$root/dist/target/build.log
mkdir -p "$root/dist/target"

waited=0
while ! mkdir "$lock" 2>/dev/null; do
  other=$(cat "$lock/pid" 2>/dev/null || :)
  if [ -n "$other" ] && ! kill -0 "$other" 2>/dev/null; then
    rm -rf "$lock" # left behind by a build that was killed
    continue
  fi
  [ $waited -gt 0 ] || echo "millrace: another build is going on, waiting for it" >&2
  waited=$((waited + 1))
  [ $waited -le 600 ] || { echo "millrace: the other build does not end; remove $lock if there is none." >&2; exit 1; }
  sleep 1
done
echo $$ >"$lock/pid"
trap 'rm -rf "$lock"' EXIT
trap 'exit 130' HUP INT TERM
[ $waited -eq 0 ] || [ ! -f "$dist/built" ] || exit 0

echo "millrace: building, once (about a minute; the log is in $log)" >&2
touch "$root/dist/target/began"
rm -rf "$dist"
{ "$root/mvnw" -B -ntp -Dfast -DskipTests -f "$root/pom.xml" -pl dist -am package 2>&1 || echo "BUILD HAS FAILED"; } \
  | tee "$log" | sed -n -u 's/^\[INFO\] Building \(Millrace .*\) [0-9].*\[\(.*\)\]$/  \2 \1/p' >&2
if grep -q "BUILD HAS FAILED" "$log"; then
  grep "ERROR" "$log" | head -5 >&2
  echo "millrace: the build has failed; see $log." >&2
  exit 1
fi
"$root/bin/make-caches.sh" "$dist" || echo "millrace: no start-up cache could be made; it starts all the same, more slowly" >&2
mv "$root/dist/target/began" "$dist/built" # its time is when the build began: what is changed later is newer
