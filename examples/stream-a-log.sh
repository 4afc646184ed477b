#!/bin/sh
# stream-a-log.sh [FILE]: streams a real log file of this machine line by line into a topic, reads it back with a program
# in another language (Python), and compares the two, byte for byte, by their checksums.
#
# FILE: default /var/log/dpkg.log, or the newest text file under /var/log that you may read. BOOTSTRAP names the broker,
# KAFKA_BIN where the Kafka commands are. Needs python3-kafka (Debian: apt-get install python3-kafka).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${KAFKA_BIN:-$here/../bin}
server=${BOOTSTRAP:-localhost:9092}
python=/usr/bin/python3
[ -x "$python" ] || python=python3

is_text() { [ -s "$1" ] && [ -r "$1" ] && iconv -f utf-8 -t utf-8 "$1" >/dev/null 2>&1 && ! grep -q "$(printf '\r')" "$1"; }
checksum() { if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1; }

file=${1:-}
if [ -z "$file" ]; then
  for candidate in /var/log/dpkg.log $(find /var/log -type f -readable -exec ls -t {} + 2>/dev/null); do
    if is_text "$candidate"; then file=$candidate; break; fi
  done
fi
[ -n "$file" ] || { echo "stream-a-log.sh: there is no log file under /var/log that I may read; name one: stream-a-log.sh FILE" >&2; exit 2; }
"$python" -c 'import kafka' 2>/dev/null || { echo "stream-a-log.sh: needs kafka-python (Debian: apt-get install python3-kafka)" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$file" "$work/sent" # logs grow while one looks
lines=$(wc -l <"$work/sent")
[ -z "$(tail -c 1 "$work/sent")" ] || { lines=$((lines + 1)); echo >>"$work/sent"; }
topic=log-$(basename "$file" | tr -c 'A-Za-z0-9.\n' -)-$(date +%s)

"$bin/kafka-topics.sh" --bootstrap-server "$server" --create --topic "$topic" --partitions 1 --replication-factor 1
echo "streaming $lines lines of $file into $topic"
"$bin/kafka-console-producer.sh" --bootstrap-server "$server" --topic "$topic" <"$work/sent" >/dev/null
BOOTSTRAP=$server "$python" "$here/read_back.py" "$topic" "$lines" >"$work/received"

echo "sent     $(checksum "$work/sent")"
echo "received $(checksum "$work/received")"
cmp "$work/sent" "$work/received" && echo "the same, byte for byte"
