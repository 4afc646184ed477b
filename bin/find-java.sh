# Sourced by ./millrace and ./mvnw: sets JAVA_HOME to a Java that Millrace runs on, or explains how to get one.
#
# Wanted: a JDK 25.0.3 or newer. 25.0.0 to 25.0.2 are refused: their G1 collector may move pinned objects and corrupt
# compressed data (JDK-8377811). The version is read from the JDK's `release` file, so that no JVM is started to ask.
#
# Every start of a broker waits for this: it runs in the shell alone, without a process for each question (a millisecond or two).

millrace_java_version() { # JDK_HOME -> sets `version` to "25.0.3"; 1 when that is no JDK
  version=
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
  while IFS= read -r release_line || [ -n "$release_line" ]; do
    case $release_line in
      'JAVA_VERSION="'*)
        version=${release_line#*\"}
        version=${version%%[!0-9.]*}
        break
        ;;
    esac
  done <"$1/release"
  [ -n "$version" ]
}

millrace_java_fits() { # VERSION -> 0 when it is 25.0.3 or newer
  old_ifs=$IFS; IFS=.
  # shellcheck disable=SC2086 # the version is split into its fields on purpose
  set -- $1
  IFS=$old_ifs
  [ "${1:-0}" -gt 25 ] || { [ "${1:-0}" -eq 25 ] && { [ "${2:-0}" -gt 0 ] || [ "${3:-0}" -ge 3 ]; }; }
}

millrace_take_java() { # JDK_HOME -> sets JAVA_HOME; 1 when it does not fit
  [ -n "$1" ] && millrace_java_version "$1" || return 1
  if millrace_java_fits "$version"; then
    JAVA_HOME=$1; export JAVA_HOME
    return 0
  fi
  case $version in 25*) refused="$1 has $version" ;; esac
  return 1
}

millrace_find_java() { # sets JAVA_HOME; 1 when there is none
  refused=
  millrace_take_java "${MILLRACE_JAVA_HOME:-}" && return 0
  millrace_take_java "${JAVA_HOME:-}" && return 0
  path_java=$(command -v java 2>/dev/null) && path_java=$(readlink -f "$path_java" 2>/dev/null)
  millrace_take_java "${path_java%/bin/java}" && return 0
  case $- in *f*) had_noglob=1; set +f ;; *) had_noglob= ;; esac
  for home in /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if millrace_take_java "$home"; then
      [ -z "$had_noglob" ] || set -f
      return 0
    fi
  done
  [ -z "$had_noglob" ] || set -f
  if [ -n "$refused" ]; then
    echo "millrace: needs Java 25.0.3 or newer ($refused, which can corrupt data: JDK-8377811); install a current JDK 25, for example from https://adoptium.net, and set JAVA_HOME to it." >&2
  else
    echo "millrace: needs Java 25.0.3 or newer and found none; install JDK 25, for example from https://adoptium.net (Debian: temurin-25-jdk), and set JAVA_HOME to it." >&2
  fi
  return 1
}
