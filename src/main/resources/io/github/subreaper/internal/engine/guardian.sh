# shellcheck shell=sh disable=SC3045 # options of read are used where the shell has them
# Waits until the test JVM has ended, whatever ended it, and then ends every process that carries
# the JVM's tag. Until that is done it uses shell builtins only: it has to work when its user has no
# process slot left. For any POSIX shell; bash reads a file of /proc at once, others byte by byte.
#
#   $1 $2  the JVM: pid, and start time in clock ticks
#   $3 $4  what carries its tag: "limit" (RLIMIT_LOCKS) or the name of an environment variable, and
#          a pattern for the tag
#   $5     a FIFO that takes one line when this shell stands
#   $6     the JVM's private directory; removed at the end
#   $7     the directory for the log; made only if there is something to tell
#
# Its input is a FIFO that the JVM holds open for writing, so its end tells of the JVM's death at
# once. A child that native code of the JVM has forked without exec may hold it too: so, where the
# shell's read has a timeout, it looks every second whether the JVM is there.

set -f
trap '' HUP INT QUIT TERM PIPE
jvm=$1 born=$2 carrier=$3 pattern=$4 ready=$5 private=$6 logs=$7
patience=30 # seconds, for what does not die
doubt=2     # seconds without a find, where some were too quick to be looked at,
tries=20    # and so many sweeps

# Opened for both, a FIFO never blocks; nothing comes from it but its first line, so it is a clock.
exec 9<>"$ready"
echo ready >&9
read -r -t 0 _ </dev/null
[ $? -gt 1 ] && timed='' || timed=yes

# A JVM that is on its way out is gone soon; a shell without a clock must not fork meanwhile.
nap() {
  naps=$((naps + 1))
  if [ "$timed" ]; then
    read -r -t 0.05 _ <&9
  elif [ "$1" = idle ] && [ $naps -gt 5000 ]; then
    sleep 1
  fi
}

# Sets text to a file of /proc, without NULs.
if [ "$BASH_VERSION" ]; then
  whole() {
    text=''
    IFS= read -r -d '' text <"$1"
    [ "$text" ]
  }
else
  whole() {
    text=''
    { while IFS= read -r line || [ "$line" ]; do text="$text$line "; done <"$1"; } || return
    [ "$text" ]
  }
fi

# Sets what /proc/PID/stat says; the name may hold blanks, line ends and parentheses.
stat_of() {
  whole "/proc/$1/stat" || return
  name=${text#*\(}
  name=${name%\)*}
  # shellcheck disable=SC2086
  set -- ${text##*\) }
  state=$1 parent=$2 flags=$7 threads=${18} start=${20} code=${50}
}

# A zombie with other threads has only lost its first one.
ended() {
  case $state in
    Z | X) [ "$threads" -le 1 ] ;;
    *) false ;;
  esac
}

# Whether the JVM is there. Its wait status stands as soon as it exits (PF_EXITING) and has no
# descriptor any more; its parent may collect it any moment from then on.
jvm_lives() {
  # There, but not to be read just now, for want of memory or descriptors, is not dead.
  stat_of "$jvm" || { [ -d "/proc/$jvm" ]; return; }
  [ "$start" = "$born" ] || return
  [ "$result" -eq 1 ] && [ $((flags & 4)) -ne 0 ] && how=$code
  ! ended
}

# Returns 1 if a process carries no tag of ours, 2 if it can't be looked at.
if [ "$carrier" = limit ]; then
  wanted="*Max file locks            $pattern *" # the columns of proc(5)
  carries() {
    whole "/proc/$1/limits" || return 2
    # shellcheck disable=SC2254
    case $text in
      $wanted) ;;
      *) return 1 ;;
    esac
  }
else
  wanted="*$carrier=$pattern*"
  carries() {
    { while IFS= read -r line || [ "$line" ]; do
      # shellcheck disable=SC2254
      case $line in
        $wanted) return 0 ;;
      esac
    done <"/proc/$1/environ"; } || return 2
    return 1
  }
fi

# Finds process $1 if it carries the tag and lives, and stops it if it runs. Sets found, and below_N
# to the children of N; what was not stopped before counts as news.
halt() {
  if ! stat_of "$1"; then
    vanished=$((vanished + 1))
    return
  fi
  [ "$start" -ge "$born" ] && ! ended || return # nobody older than the JVM can be below it
  carries "$1"
  case $? in
    1) return ;;
    2) vanished=$((vanished + 1)) && return ;;
  esac
  found="$found $1"
  parents="$parents $parent"
  eval "below_$parent=\"\${below_$parent-} $1\" left_$1=yes"
  case $state in T | t) return ;; esac
  kill -STOP "$1" || return
  # It can't end by itself now. If the pid had changed hands before, this undoes it.
  carries "$1" || kill -CONT "$1"
  eval "[ \"\${stopped_$1-}\" = $start ] && return; stopped_$1=$start"
  news=$((news + 1))
}

# Halts all processes; sets vanished to the number of those that could not be looked at any more.
sweep() {
  for process in $found; do unset "left_$process"; done
  for process in $parents; do unset "below_$process"; done
  found='' parents='' news=0 vanished=0
  set +f
  set -- /proc/[0-9]*
  set -f
  for process; do
    case $spared in *" ${process#/proc/} "*) ;; *) halt "${process#/proc/}" ;; esac
  done
}

# Orphans are children of whoever has adopted this shell. A chain of processes, each of which forks
# the next one and exits, is always among them, and is gone before a sweep comes to it.
chase() {
  seen=" "
  looks=0
  while [ $looks -lt 100 ]; do
    looks=$((looks + 1))
    whole "/proc/$adopter/task/$adopter/children" || return
    for child in $text; do
      case $seen in *" $child "*) continue ;; esac
      seen="$seen$child "
      case $spared in *" $child "*) ;; *) halt "$child" ;; esac
    done
  done
}

# Kills what is below process $1, and then that: a death that orphans a stopped process group makes
# it go on. A shell bears so many calls within calls; who is deeper comes in his turn.
fell() {
  [ $depth -lt 400 ] || return
  depth=$((depth + 1))
  eval "set -- $1 \${below_$1-}; unset below_$1"
  for child; do [ "$child" = "$1" ] || fell "$child"; done
  depth=$((depth - 1))
  end "$1"
}

end() {
  eval "[ \"\${left_$1-}\" ] || return; unset left_$1"
  carries "$1" && stat_of "$1" && ! ended || return
  # shellcheck disable=SC2086
  set -- "$1" $name
  pid=$1
  shift
  if kill -KILL "$pid" && eval "[ \"\${killed_$pid-}\" != $start ]"; then
    eval "killed_$pid=$start"
    deaths=$((deaths + 1))
    total=$((total + 1))
    [ $total -le 1000 ] && log="$log
ended $pid $*"
  else
    alive="$alive
alive $pid $state $*"
  fi
}

how=unknown naps=0
while :; do
  if [ "$timed" ]; then read -r -t 1 _; else read -r _; fi
  result=$?
  jvm_lives || break
  [ $result -eq 1 ] && nap idle
done

# Neither itself nor whoever is above it.
stat_of $$
adopter=$parent
spared=" 1 $$ "
while [ "$parent" -gt 1 ]; do
  spared="$spared$parent "
  stat_of "$parent" || break
done

read -r began _ </proc/uptime
progress=${began%.*}
found='' parents='' log='' total=0 calm=0 tried=0
while :; do
  news=1
  while [ $news -gt 0 ]; do
    sweep
    [ $vanished -gt 0 ] && chase
  done
  deaths=0 alive='' depth=0
  for process in $found; do fell "$process"; done
  read -r now _ </proc/uptime
  now=${now%.*}
  if [ $deaths -gt 0 ]; then
    progress=$now calm=0 tried=0
  elif [ "$alive" ]; then
    [ $((now - progress)) -ge $patience ] && break
    nap busy
  elif [ "$vanished" -eq 0 ]; then
    calm=$((calm + 1))
    [ $calm -ge 2 ] && break # two sweeps saw everybody, and nobody of ours
  else
    # Somebody is too quick to be looked at: ours, or any other short program of this machine.
    tried=$((tried + 1))
    [ $tried -ge $tries ] && [ $((now - progress)) -ge $doubt ] && break
  fi
done

# From here on programs may be used: what took the process slots is gone.
trap 'exec rm -rf -- "$private"' EXIT
if [ $total -gt 0 ] || [ "$alive" ]; then
  read -r now _ </proc/uptime
  report="jvm $jvm
status $how
uptime $began $now
total $total$log$alive
complete"
  set -C # only a file that is not there yet: others may write to the directory
  [ -d "$logs" ] || mkdir -p "$logs"
  for log in "$logs/guardian-$jvm.new" "$logs/guardian-$jvm-$born.new"; do
    [ -e "$log" ] || [ -L "$log" ] || { echo "$report" >"$log" && break; }
  done
fi
