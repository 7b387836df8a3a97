# Waits until the test JVM has ended, whatever ended it, and then ends every process that carries
# the JVM's tag. Until that is done it uses shell builtins only: it has to work when its user has no
# process slot left. For any POSIX shell; bash reads a file of /proc at once, dash byte by byte.
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
doubt=5     # seconds without a find, where some were too quick to be looked at

# Opened for both, a FIFO never blocks; later nothing comes from it, which makes it a clock.
exec 9<>"$ready"
echo ready >&9
read -r -t 0 _ </dev/null
[ $? -gt 1 ] && timed= || timed=yes

nap() {
  if [ "$timed" ]; then
    read -r -t 0.05 _ <&9
  elif [ "$1" = idle ]; then
    sleep 1
  fi
}

# Sets text to a file of /proc, without NULs.
if [ "$BASH_VERSION" ]; then
  whole() {
    text=
    IFS= read -r -d '' text <"$1"
    [ "$text" ]
  }
else
  whole() {
    text=
    { while IFS= read -r line || [ "$line" ]; do text="$text$line "; done <"$1"; } || return
    [ "$text" ]
  }
fi

# Sets what /proc/PID/stat says; the name may hold blanks and parentheses.
stat_of() {
  whole "/proc/$1/stat" || return
  name=${text#*\(}
  name=${name%\)*}
  set -- ${text##*\) }
  state=$1 parent=$2 threads=${18} start=${20} code=${50}
}

# A zombie with other threads has only lost its first one.
ended() {
  case $state in
    Z | X) [ "$threads" -le 1 ] ;;
    *) false ;;
  esac
}

jvm_lives() {
  stat_of "$jvm" && [ "$start" = "$born" ] && ! ended
}

if [ "$carrier" = limit ]; then
  wanted="*Max file locks            $pattern *" # the columns of proc(5)
  carries() {
    whole "/proc/$1/limits" || return 2
    case $text in
      $wanted) ;;
      *) return 1 ;;
    esac
  }
else
  wanted="*$carrier=$pattern*"
  carries() {
    { while IFS= read -r line || [ "$line" ]; do
      case $line in
        $wanted) return 0 ;;
      esac
    done <"/proc/$1/environ"; } || return 2
    return 1
  }
fi

# Stops process $1 if it carries the tag and runs; what was not stopped before counts as news.
halt() {
  carries "$1"
  case $? in
    1) return ;;
    2) vanished=$((vanished + 1)) && return ;;
  esac
  stat_of "$1" && ! ended || return
  case $state in T | t) return ;; esac
  kill -STOP "$1" || return
  # It can't end by itself now. If the pid had changed hands before, this undoes it.
  carries "$1" || kill -CONT "$1"
  case $stopped in *" $1:$start "*) return ;; esac
  stopped="$stopped$1:$start "
  news=$((news + 1))
}

# One pass over all processes with a function; sets news, and vanished: those that could not be
# looked at any more.
each() {
  news=0 vanished=0
  set +f
  set -- "$1" /proc/[0-9]*
  set -f
  action=$1
  shift
  for process; do
    case $spared in *" ${process#/proc/} "*) ;; *) $action "${process#/proc/}" ;; esac
  done
}

# Orphans are children of whoever has adopted this shell. A chain of processes, each of which forks
# the next one and exits, is always among them, and is gone before a pass comes to it.
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

end() {
  carries "$1" && stat_of "$1" && ! ended || return
  kill -KILL "$1"
  case $killed in
    *" $1:$start "*)
      alive="$alive
alive $1 $state $name"
      return
      ;;
  esac
  killed="$killed$1:$start "
  news=$((news + 1))
  total=$((total + 1))
  [ $total -le 1000 ] && log="$log
ended $1 $name"
}

while :; do
  if [ "$timed" ]; then read -r -t 1 _; else read -r _; fi
  result=$?
  jvm_lives || break
  [ $result -eq 1 ] && nap idle
done
how=unknown
[ "$start" = "$born" ] && ended && how=$code

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
stopped=" " killed=" " log= total=0 calm=0
while :; do
  each halt
  [ $vanished -gt 0 ] && chase
  while [ $news -gt 0 ]; do
    each halt
  done
  unseen=$vanished
  alive=
  each end
  read -r now _ </proc/uptime
  now=${now%.*}
  if [ $news -gt 0 ]; then
    progress=$now calm=0
  elif [ "$alive" ]; then
    [ $((now - progress)) -ge $patience ] && break
    nap busy
  elif [ $unseen -eq 0 ]; then
    calm=$((calm + 1))
    [ $calm -ge 2 ] && break # two passes saw everybody, and nobody of ours
  else
    # Somebody is too quick to be looked at: ours, or any other short program of this machine.
    [ $((now - progress)) -ge $doubt ] && break
  fi
done

# From here on programs may be used: what took the process slots is gone.
if [ $total -gt 0 ] || [ "$alive" ]; then
  read -r now _ </proc/uptime
  mkdir -p "$logs" && echo "jvm $jvm
status $how
uptime $began $now
total $total$log$alive
complete" >"$logs/guardian-$jvm.new"
fi
exec rm -rf -- "$private"
