# Sourced by ./millrace and ./mvnw: sets JAVA_HOME to a Java that Millrace runs on, or explains how to get one.
#
# Wanted: a JDK 25.0.3 or newer. 25.0.0 to 25.0.2 are refused: their G1 collector may move pinned objects and corrupt
# compressed data (JDK-8377811). The version is read from the JDK's `release` file, so that no JVM is started to ask.

millrace_java_version() { # JDK_HOME -> "25.0.3", or nothing
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] && sed -n 's/^JAVA_VERSION="\([0-9.]*\).*/\1/p' "$1/release"
}

millrace_java_fits() { # VERSION -> 0 when it is 25.0.3 or newer
  old_ifs=$IFS; IFS=.
  # shellcheck disable=SC2086 # the version is split into its fields on purpose
  set -- $1
  IFS=$old_ifs
  [ "${1:-0}" -gt 25 ] || { [ "${1:-0}" -eq 25 ] && { [ "${2:-0}" -gt 0 ] || [ "${3:-0}" -ge 3 ]; }; }
}

millrace_find_java() { # sets JAVA_HOME; 1 when there is none
  path_java=$(command -v java 2>/dev/null) && path_java=$(readlink -f "$path_java" 2>/dev/null)
  refused=
  case $- in *f*) had_noglob=1; set +f ;; *) had_noglob= ;; esac
  for home in "${MILLRACE_JAVA_HOME:-}" "${JAVA_HOME:-}" "${path_java%/bin/java}" \
    /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$home" ] || continue
    version=$(millrace_java_version "$home") || continue
    if millrace_java_fits "$version"; then
      JAVA_HOME=$home; export JAVA_HOME
      [ -z "$had_noglob" ] || set -f
      return 0
    fi
    case $version in 25*) refused="$home has $version" ;; esac
  done
  [ -z "$had_noglob" ] || set -f
  if [ -n "$refused" ]; then
    echo "millrace: needs Java 25.0.3 or newer ($refused, which can corrupt data: JDK-8377811); install a current JDK 25, for example from https://adoptium.net, and set JAVA_HOME to it." >&2
  else
    echo "millrace: needs Java 25.0.3 or newer and found none; install JDK 25, for example from https://adoptium.net (Debian: temurin-25-jdk), and set JAVA_HOME to it." >&2
  fi
  return 1
}
