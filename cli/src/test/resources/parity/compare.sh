#!/bin/bash
# compare.sh BOOTSTRAP REFERENCE OURS [PATTERN]: plays cases.txt with two implementations of Kafka's tools on one broker, and
# prints where stdout or exit codes differ. REFERENCE and OURS are commands that take a tool's name and its arguments, such as
# "./millrace tool". PATTERN chooses cases by name. The broker is expected to be fresh, with node id 1. Exit code 1: they differ.
set -u
bootstrap=$1; reference=$2; ours=$3; pattern=${4:-.}
cases=$(cd "$(dirname "$0")" && pwd)/cases.txt
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

each() { # FUNCTION: called with the name, the mark and the command of each case
  while IFS= read -r line; do
    case $line in '' | '#'*) continue ;; esac
    marked=${line%% | *}; name=${marked%[~!^]}
    [[ $name =~ $pattern ]] && "$1" "$name" "${marked#"$name"}" "${line#* | }"
  done < "$cases"
}

play() { # the case as it is written: k, $T, $B and $D are its words
  local out=$work/$T/$1
  ( set -o pipefail; eval "$3" ) > "$out.out" 2> "$out.err" < /dev/null
  echo $? > "$out.rc"
  sed -i -E "s/$T/PREFIX/g; s/TopicId: [A-Za-z0-9_-]{22}/TopicId: ID/" "$out.out"
}

says() { { k "$@" 2>&1 >&3 3>&- | head -1 | sed 's/^kafka-[a-z-]*: //'; } 3>/dev/null; }
options() { k "$1" --help 2>&1 | sed -nE 's/^(\* |  )?(--[a-z][a-z-]+).*/\2/p' | grep -v -x -e --version | sort; true; }
k() { timeout 60 $implementation "$@"; } # a command may be several words

B=$bootstrap
for T in pfa pfb; do
  [ $T = pfa ] && implementation=$reference || implementation=$ours
  D=$work/$T-files; mkdir -p "$D" "$work/$T"
  each play
done

agreed=0; differed=0
judge() {
  local a=$work/pfa/$1 b=$work/pfb/$1 order=cat
  [ "$2" = '!' ] && return
  [ "$2" = '^' ] && order=sort
  if ! cmp -s "$a.rc" "$b.rc"; then
    echo "$1: exit code $(cat "$a.rc"), ours $(cat "$b.rc")"; head -3 "$b.err"
  elif [ "$2" != '~' ] && ! cmp -s <($order "$a.out") <($order "$b.out"); then
    echo "$1: output"; diff <($order "$a.out") <($order "$b.out") | head -10
  else
    agreed=$((agreed + 1)); return
  fi
  differed=$((differed + 1))
}
each judge
echo "$agreed cases agree, $differed differ"
[ "$differed" = 0 ]
