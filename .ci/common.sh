# What .ci/run and .ci/full share; to be sourced. They say which parts (.ci/parts) run beside which; this runs them, checks that
# nothing is left, and prints a table of verdicts.
set -euo pipefail

# The script becomes a child subreaper, which exec keeps: so what it has started, and what that leaves, are its descendants to the
# end, and no other program's processes are. Perl is part of every Debian; 157 is prctl(2) on x86_64, 167 on aarch64.
if [[ ! ${ADOPTS:-} ]]; then
  ADOPTS=1 exec perl -e '
    syscall(`uname -m` =~ /x86_64/ ? 157 : 167, 36, 1, 0, 0, 0) == 0 or die "PR_SET_CHILD_SUBREAPER: $!";
    exec @ARGV' bash "$0" "$@"
fi
unset ADOPTS

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
. .ci/jdk.sh

work=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
our_policy=
our_jdk=
more_jdk=
beside=

step() {
  printf '\n=== %s (%s)\n' "$*" "$(date +%T)"
}

cleanup() {
  remove_alternatives || :
  if [[ $our_policy ]]; then
    rm -f "$policy"
  fi
  if [[ $beside ]]; then
    kill -- "-$beside" 2>/dev/null || :
    end_beside || :
  fi
  rm -rf "$work" || :
}
trap cleanup EXIT

# Prints our descendants. Not to be called in a subshell, which would be one.
list_left() {
  ps -eo pid=,ppid=,stat=,lstart=,args= >"$work/processes" &
  wait $!
  awk -v self=$$ -v ps=$! '
    $1 != ps { parent[$1] = $2; line[$1] = $0 }
    END {
      for (pid in line) {
        for (top = pid; top in parent && parent[top] != self; top = parent[top]) { }
        if (top in parent) print line[pid]
      }
    }' "$work/processes"
}

nothing_left() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    list_left >"$work/left"
    if [[ ! -s $work/left ]]; then
      echo "nothing"
      return
    fi
    sleep 0.5
  done
  echo "left behind:" >&2
  cat "$work/left" >&2
  return 1
}

# An installed JDK becomes the machine's `java` by its priority: takes ours out again, so that all is as it was.
remove_alternatives() {
  local name path
  if [[ $our_jdk ]]; then
    update-alternatives --get-selections | while read -r name _; do
      update-alternatives --list "$name" | { grep "^/usr/lib/jvm/java-$our_jdk-" || :; } | while read -r path; do
        update-alternatives --quiet --remove "$name" "$path"
      done
    done
    our_jdk=
  fi
}

install() {
  apt-get install -y -qq --no-install-recommends "$@" >"$work/apt" 2>&1 || {
    cat "$work/apt"
    return 1
  }
}

# Installs what the samples need, as root; and the JDK $more_jdk, if that is set.
install_packages() {
  local bus=dbus-daemon
  if [[ $(id -u) != 0 ]]; then
    step "not root: nothing is installed"
    return
  fi
  step "apt-get: what the samples need"
  if [[ ! -e $policy ]]; then
    # Nothing that gets installed here is to start a service.
    our_policy=1
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-cache show "$bus" >/dev/null 2>&1 || bus=dbus
  install "$bus" $(<.ci/packages)
  if [[ $more_jdk ]] && ! jdk "$more_jdk" >/dev/null 2>&1; then
    our_jdk=$more_jdk
    install "openjdk-$our_jdk-jdk-headless"
    remove_alternatives
  fi
}

# Starts parts in the background, in a copy of the checkout as the user nobody if this is root. What they print goes to log-beside.
start_beside() {
  local as=() place=$PWD user group
  if [[ $(id -u) == 0 ]]; then
    user=$(id -u nobody)
    group=$(id -g nobody)
    place=$work/checkout
    chmod 755 "$work"
    mkdir -p "$work/home/.m2" "$place"
    if [[ -d $HOME/.m2 ]]; then
      cp -R "$HOME/.m2/." "$work/home/.m2" # settings, and what has been downloaded
    fi
    tar --exclude=./.git --exclude=target -cf - . | tar -xf - -C "$place"
    chown -R "$user:$group" "$work/home" "$place"
    as=(setpriv --reuid="$user" --regid="$group" --clear-groups env HOME="$work/home"
      MAVEN_ARGS="$MAVEN_ARGS -Duser.home=$work/home -Dforks=1")
  fi
  (
    cd "$place"
    # In a process group of its own, to be ended as one. A shell starts what runs in the background with these ignored.
    exec setsid "${as[@]}" env --default-signal=INT,QUIT VERDICTS="$work/verdicts-beside" .ci/parts "$@"
  ) >"$work/log-beside" 2>&1 &
  beside=$!
}

end_beside() {
  wait "$beside" || :
  beside=
  step "what was printed by the parts that ran beside"
  cat "$work/log-beside"
}

chosen() { # names, --, all chosen ones; without any: all
  local names=$1
  shift
  for name in $names; do
    if [[ $# == 0 || " $* " == *" $name "* ]]; then
      echo "$name"
    fi
  done
}

# Runs parts, prints their verdicts, and fails if one has failed.
check() { # those in turn, those beside them, those alone afterwards; then the names of the chosen ones, or none for all
  local own=$1 others=$2 alone=$3 name failed
  shift 3
  for name in "$@"; do
    if [[ " $own $others $alone " != *" $name "* ]]; then
      echo "no part $name: there are $own $others $alone" >&2
      exit 2
    fi
  done
  install_packages
  mapfile -t own < <(chosen "$own" "$@")
  mapfile -t others < <(chosen "$others" "$@")
  mapfile -t alone < <(chosen "$alone" "$@")
  export VERDICTS=$work/verdicts MAVEN_ARGS="-B -ntp"
  touch "$VERDICTS" "$VERDICTS-beside"
  chmod 666 "$VERDICTS-beside"
  if [[ ${#others[@]} -gt 0 && $(id -u) == 0 ]]; then
    step "as an ordinary user: ${others[*]}; what they print follows at their end"
    start_beside "${others[@]}"
    MAVEN_ARGS+=" -Dforks=2"
  fi
  .ci/parts ${own[@]+"${own[@]}"} > >(tee "$work/log-own")
  if [[ $beside ]]; then
    end_beside
    MAVEN_ARGS="-B -ntp"
  else
    VERDICTS=$VERDICTS-beside .ci/parts ${others[@]+"${others[@]}"} > >(tee "$work/log-beside")
  fi
  .ci/parts ${alone[@]+"${alone[@]}"} > >(tee -a "$work/log-own")
  cat "$VERDICTS-beside" >>"$VERDICTS"

  step "what is still running"
  nothing_left && echo "left 0 0" >>"$VERDICTS" || echo "left 1 0" >>"$VERDICTS"

  step "what Surefire said last of each module"
  grep -hE '^=== |^\[[A-Z]+\] Tests run: [^-]*$' "$work"/log-* || :
  # The kernels end with 3 if a test has failed, else with the reason why they could not run.
  failed=$(awk '$1 == "kernels" ? $2 == 3 : $2 != 0' "$VERDICTS")
  if [[ $failed ]]; then
    step "what failed"
    grep -hE '^=== |<<< (FAILURE|ERROR)!$|^\[ERROR\] +[A-Za-z.$]+:[0-9]+' "$work"/log-* | cut -c1-300 | head -200 || :
  fi
  step "verdicts, and how long it took"
  awk '{
    verdict = $2 == 0 ? "passed" : $1 == "kernels" && $2 != 3 ? "SKIPPED: " $2 : "FAILED: " $2
    printf "%-14s %-12s %3d:%02d\n", $1, verdict, $3 / 60, $3 % 60
  }' "$VERDICTS"
  printf '%-14s %-12s %3d:%02d\n' all "${failed:+FAILED}" $((SECONDS / 60)) $((SECONDS % 60))
  [[ ! $failed ]]
}
