#!/bin/sh
# The tool of the same name in Apache Kafka, flags and output included, on Millrace's own command line.
exec "$(dirname "$(readlink -f "$0")")/../millrace" tool kafka-cluster "$@"
