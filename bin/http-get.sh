#!/bin/bash
# http-get.sh HOST PORT PATH: succeeds when the answer's status is 200. For health checks where there is no curl.
set -eu
exec 3<>"/dev/tcp/$1/$2"
printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$3" "$1" >&3
IFS=' ' read -r _ status _ <&3
[ "$status" = 200 ]
