# shellcheck shell=sh disable=SC3045 # options of read are used where the shell has them
# Waits until the test JVM has ended, for whatever reason. Then it asks what carries the JVM's tag or is
# known to be the JVM's to end, and kills what is left soon after. From the JVM's death until that is
# done it uses shell builtins only, since it must work when its user has no process slot left. Any POSIX
# shell will do; bash reads a file of /proc at once, others byte by byte.
#
#   $1 $2  the JVM: pid, and start time in clock ticks
#   $3 $4  what carries its tag: "limit" (RLIMIT_LOCKS) or the name of an environment variable, and
#          a pattern for the tag
#   $5     a FIFO that takes one line when this shell is ready
#   $6     the JVM's private directory; removed at the end, with its copies
#   $7     the directory for the log; created only if there is something to report
#
# The input is a FIFO that the JVM holds open for writing, so its end reports the JVM's death at once.
# Before that the JVM writes lines about processes whose tag this shell cannot read: "p PID START .",
# with the start time; -1 where /proc hides it, 0 when the process has ended; and "s TAG SIGNAL .", the
# stop signal of a launch. A child that native code of the JVM forked without exec may hold the FIFO open
# too. So if the shell's read has a timeout, this script checks every four seconds whether the JVM is
# alive: each check takes 0.3 ms of CPU.

set -f
trap '' HUP INT QUIT TERM PIPE
jvm=$1 born=$2 carrier=$3 pattern=$4 ready=$5 private=$6 logs=$7
patience=30 # seconds without a death, while some processes are still alive
doubt=2     # seconds and
tries=20    # sweeps without a find, while processes vanish before they can be observed
polite=200  # hundredths of a second from the JVM's death until what was asked is killed
most=20     # processes that may be born meanwhile; more are a bomb

# Opened for both, a FIFO never blocks. Nothing is written to it after its first line, so a timed read
# of it is a sleep.
exec 9<>"$ready"
read -r -t 0 _ </dev/null
[ $? -gt 1 ] && timed='' || timed=yes

# Short at first, since a JVM that has closed the FIFO is most often gone soon. A shell without timed
# reads does not pause then. It forks sleep only if the JVM stays alive for long after that.
nap() {
  naps=$((naps + 1))
  if [ "$timed" ]; then
    [ $naps -gt 20 ] && pause=0.05
    read -r -t $pause _ <&9
  elif [ "$1" = idle ] && [ $naps -gt 5000 ]; then
    sleep 1
  fi
}

# Sets text to the content of a file of /proc that contains no NULs.
if [ "$BASH_VERSION" ]; then
  whole() {
    text=''
    IFS= read -r -d '' text <"$1"
    [ "$text" ]
  }
else
  whole() {
    text=''
    { while IFS= read -r line || [ "$line" ]; do text="$text$line "; done <"$1"; } || return 1
    [ "$text" ]
  }
fi

# Sets variables from /proc/PID/stat. A name may contain spaces, line ends and parentheses, but has 15
# bytes at most: so its end is seen among the first nine words.
stat_of() {
  { read -r _ name state parent group session tty foreground flags \
    _ _ _ _ _ _ _ _ _ _ threads _ start _ <"/proc/$1/stat"; } || return 1
  plain=''
  case "$name $state$parent$group$session$tty$foreground$flags" in
    *') '*')'*) ;;
    *') '*) plain=$start ;;
  esac
  [ "$plain" ] || whole_stat_of "$1" || return 1
  [ "$session" -ge 0 ] # -1 if the process was reaped while it was read: no part of a variable's name
}

# The same for any name, and slower. Below a trap a plain return of bash has the status of the command
# before the trap, so the status is given.
whole_stat_of() {
  whole "/proc/$1/stat" || return 1
  name=${text%\)*} # and not ${text##*\)}, which is slower than all the rest
  # shellcheck disable=SC2086
  set -- "$1" "(${name#*\(})" ${text#"$name)"}
  name=$2 state=$3 parent=$4 session=$6 flags=$9 threads=${20} start=${22} code=${52}
}

# Whether the process has ended: a zombie with other threads has only lost its first one.
ended() {
  case $state in
    Z | X) [ "$threads" -le 1 ] ;;
    *) false ;;
  esac
}

# Whether the JVM is alive. Its wait status is final once it exits (PF_EXITING) and has closed its
# descriptors; from then on its parent may collect it at any moment.
jvm_lives() {
  # A process that is hidden, or unreadable for want of memory or descriptors, is not dead.
  whole_stat_of "$jvm" || { [ -d "/proc/$jvm" ] || kill -0 "$jvm"; return; }
  [ "$start" = "$born" ] || return
  [ "$result" -eq 1 ] && [ $((flags & 4)) -ne 0 ] && how=$code
  ! ended
}

# Ends at SIGTERM if the JVM runs and can start another guardian: code under test may terminate all
# processes below the JVM, and then waits for this one too.
leave() {
  stat_of "$jvm" && [ "$start" = "$born" ] && ! ended && [ $((flags & 4)) -eq 0 ] || return
  case $state in T | t) return ;; esac
  trap - TERM
  kill -TERM $$
}

# Returns 0 if a process carries the JVM's tag, 1 if it does not, 2 if it can't be read.
if [ "$carrier" = limit ]; then
  wanted="*Max file locks            $pattern *" # the columns of proc(5)
  carries() {
    whole "/proc/$1/limits" || return 2
    # shellcheck disable=SC2254
    case $text in
      $wanted) ;;
      *) return 1 ;;
    esac
    if [ "$asking$signals" = yesyes ]; then
      tag=${text#*Max file locks            }
      tag=${tag%% *}
    fi
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

# Notes a line from the JVM about a process. Ignores anything that is not a whole line.
note() {
  [ $# -eq 4 ] || return
  case $1$2$4 in
    s4??????????????????.)
      case $2$3 in *[!0-9]*) return ;; esac
      case $3 in ? | ??) signals=yes && : $((stop_$2 = $3)) ;; esac
      return
      ;;
    p*.) ;;
    *) return ;;
  esac
  case $2 in '' | 0* | *[!0-9]* | ??????????*) return ;; esac
  case $3 in
    -1) hide "$2" ;;
    '' | 0?* | *[!0-9]* | ???????????????????*) ;;
    *) : $((ours_$2 = $3)) ;;
  esac
}

# Notes that /proc hides process $1, which belongs to the JVM.
hide() {
  : $((ours_$1 = -1))
  hidden="$hidden$1 "
}

# Whether process $1 is in the list of children of process $2.
lists() {
  sought=$1
  set +f
  set -- /proc/"$2"/task/*/children
  set -f
  for list; do
    whole "$list" || continue
    case " $text" in *" $sought "*) return 0 ;; esac
  done
  return 1
}

# Whether hidden process $1 is still below a process that this shell knows. Orphans of the JVM are
# children of the adopter. If the adopter's list can't be read, the JVM's line is the only evidence.
below() {
  [ -r "/proc/$adopter/task/$adopter/children" ] || return 0
  lists "$1" "$adopter" && return
  i=0
  while [ $i -lt $count ]; do
    i=$((i + 1))
    lists "$1" $((found_$i)) && return
  done
  return 1
}

# Notes that the session of process $1, which is ours, proves its members to be ours too: processes seen
# before must be checked again. A process that was killed may be gone at any moment, and the number of its
# session reused, so it proves nothing any more.
prove() {
  case $session in $jvms | 0) return ;; esac
  [ $((session_$session)) -ne 1 ] && [ $((killed_$1)) -ne "$start" ] || return
  : $((session_$session = 1))
  sessions="$sessions$session "
  news=$((news + 1))
}

# Finds process $1 if it is ours and alive, and stops it if it runs. A process that has carried the tag
# once is ours, by pid and start time, even if it changes its tag. One that was not known yet is news.
# $2 is the process of ours in whose list of children it is, if any.
halt() {
  if ! stat_of "$1"; then
    [ "$asking$hides" != yesyes ] || sure=''
    if [ "$hides" ] && [ -d "/proc/$1" ] && ! kill -0 "$1"; then return; fi # another user's
    if [ "$hides" ] && [ "$2" ] && [ $((ours_$1)) -ge 0 ] && kill -0 "$1" && lists "$1" "$2"; then
      hide "$1"
    fi
    vanished=$((vanished + 1))
    return
  fi
  [ "$start" -ge "$born" ] || return # nothing older than the JVM can be below it
  if ended; then
    # It may have forked the next one just before. Each death counts once.
    [ $((killed_$1)) -eq "$start" ] || [ $((dead_$1)) -eq "$start" ] || vanished=$((vanished + 1))
    : $((dead_$1 = start))
    return
  fi
  first=$start known=$((ours_$1)) tag=0
  # It is ours without a tag if it is a child of one of ours, or in the session of one of ours that is not
  # the JVM's. A process gets into a session only by its birth.
  if [ "$asking" ]; then
    if [ $((met_$1)) -ne "$first" ]; then
      if ! carries "$1"; then
        # Without a tag it is known only as long as its parent or its session's leader lives.
        [ $known -eq "$first" ] || [ "$parent" = "$2" ] || [ $((met_in_$session)) -eq 1 ] && sure=''
        : $((other_in_$session = 1))
        return
      fi
      meet "$1"
    fi
    [ "$start" -le "$death" ] || young=$((young + 1))
  elif [ $known -ne "$first" ] && [ "$parent" != "$2" ] && [ $((session_$session)) -ne 1 ]; then
    carries "$1"
    case $? in
      1) others=yes && return ;;
      2) vanished=$((vanished + 1)) && return ;;
    esac
  fi
  if [ $((left_$1)) -eq 0 ]; then
    count=$((count + 1))
    : $((found_$count = $1)) $((left_$1 = 1)) $((threads_$1 = threads))
    : $((above_$1 = parent)) $((below_$parent += 1))
  fi
  [ ! "$asking" ] || return
  [ $known -eq "$first" ] && case $state in T | t) prove "$1"; return ;; esac
  if ! kill -STOP "$1"; then
    stat_of "$1" && [ "$start" = "$first" ] && prove "$1"
    return
  fi
  [ $known -eq "$first" ] || news=$((news + 1))
  # A stopped process can't end by itself. If the pid was reused before the stop, undo the stop.
  if stat_of "$1" && [ "$start" = "$first" ]; then
    : $((ours_$1 = start))
    prove "$1"
  else
    kill -CONT "$1"
  fi
}

# Halts all processes of ours on this machine. Sets vanished to the number of processes, ours or not,
# that were gone before they could be read.
sweep() {
  news=0 vanished=0
  set +f
  set -- /proc/[0-9]*
  set -f
  for process; do
    case $spared in *" ${process#/proc/} "*) ;; *) halt "${process#/proc/}" ;; esac
  done
}

# Halts the children of the adopter, the process that adopted this shell, and all below them, as far as
# they are ours. That finds nearly all of ours, however many other processes run on this machine.
descend() {
  news=0 vanished=0 others='' i=0
  process=$adopter above='' threads=1 # only its first thread adopts
  while :; do
    set -- "/proc/$process/task/$process/children"
    if [ "$threads" -gt 1 ]; then
      set +f
      set -- /proc/"$process"/task/*/children
      set -f
    fi
    for list; do
      whole "$list" || continue
      for child in $text; do
        case $spared in *" $child "*) continue ;; esac
        [ $((left_$child)) -ne 0 ] || halt "$child" "$above"
      done
    done
    i=$((i + 1))
    [ $i -le $count ] || return
    [ "$sure" ] && [ $young -le $most ] || [ ! "$asking" ] || return
    process=$((found_$i))
    above=$process
    threads=$((threads_$process))
  done
}

# Notes a process that carries the tag: it is asked, and its end is reported.
meet() {
  : $((met_$1 = start)) $((ours_$1 = start)) $((stop_$1 = stop_$tag)) $((names += 1)) $((name_$names = $1))
  case $session in
    $jvms | 0) ;;
    *) [ $((other_in_$session)) -ne 1 ] || sure='' ; : $((met_in_$session = 1)) ;;
  esac
  name=${name#\(}
  eval "text_$names=\${name%\)}"
}

# Asks the tops of ours to end: what is below them they end themselves. It is stopped for that: a process
# that has ended meanwhile, and whose pid another one has, must not get the signal.
ask() {
  i=0
  while [ $i -lt $count ]; do
    i=$((i + 1))
    process=$((found_$i)) parent=$((above_$((found_$i))))
    [ $((left_$parent)) -eq 0 ] && [ $((asked_$process)) -ne $((ours_$process)) ] || continue
    : $((asked_$process = ours_$process))
    bade=yes
    signal=$((stop_$process))
    kill -STOP "$process" || continue
    if stat_of "$process" && [ "$start" -eq $((ours_$process)) ]; then
      [ $signal -ne 0 ] || signal=15
      kill -$signal "$process"
    fi
    kill -CONT "$process"
  done
}

# Sets centis to the hundredths of seconds of a time with two digits behind its point.
centis_of() {
  centis=${1#*.}
  centis=$((${1%.*} * 100 + ${centis#0}))
}

# Forgets which processes were found.
forget() {
  while [ $count -gt 0 ]; do
    process=$((found_$count))
    : $((left_$process = 0)) $((below_$process = 0)) $((below_$((above_$process)) = 0)) $((count -= 1))
  done
}

# Asks what can be asked without a risk, and waits until it is gone. It is killed at once if a part of it
# carries no tag, or if it becomes more.
bid() {
  asking=yes sure=yes pause=0.002 naps=0
  centis_of "$began"
  death=$centis
  while :; do
    young=0
    descend
    [ "$sure" ] && [ $count -gt 0 ] && [ $young -le $most ] || break
    ask
    forget
    nap busy
    read -r now _ </proc/uptime
    centis_of "$now"
    [ $((centis - death)) -lt $polite ] || break
  done
  forget
  asking='' pause=0.002 naps=0 i=0
  [ "$bade" ] || return
  while [ $i -lt $names ]; do
    i=$((i + 1))
    process=$((name_$i))
    stat_of "$process" && [ "$start" -eq $((met_$process)) ] && ! ended ||
      eval "fallen $process $((met_$process)) \"\$text_$i\""
  done
}

# Orphans become children of the process that adopted this shell. A chain of processes, each of which
# forks the next and exits, is always among them, and each is gone before a sweep reaches it.
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

# Kills each hidden process of ours once: it cannot be observed further, and later its pid may be
# reused. Skips it if it can't be signalled, or if the pid now belongs to a visible process.
strike() {
  set -- $hidden
  hidden=' '
  for process; do
    [ $((ours_$process)) -eq -1 ] || continue
    stat_of "$process" && continue
    kill -0 "$process" || continue
    if ! below "$process"; then # its ancestor may have to end first
      hidden="$hidden$process "
    elif kill -KILL "$process"; then
      : $((ours_$process = -2))
      fallen "$process" -1 '?'
    fi
  done
}

# Counts process $1, with start time $2 and name $3, among those that this shell has killed.
fallen() {
  : $((killed_$1 = $2))
  deaths=$((deaths + 1))
  total=$((total + 1))
  [ $total -gt 1000 ] || endings="${endings}ended $1 $3
"
}

# Kills all that were found, children first, since a death that orphans a stopped process group makes
# it continue. After that no session proves anything: its number is free, and may be reused at once.
fell() {
  alive='' i=0
  for session in $sessions; do
    : $((session_$session = 0))
  done
  sessions=' '
  while [ $i -lt $count ]; do
    i=$((i + 1))
    process=$((found_$i))
    # Continue upwards while no child is left.
    while [ $((left_$process)) -ne 0 ] && [ $((below_$process)) -eq 0 ]; do
      end "$process"
      : $((left_$process = 0))
      process=$((above_$process))
      : $((below_$process -= 1))
    done
  done
  while [ $count -gt 0 ]; do
    process=$((found_$count))
    : $((left_$process = 0)) $((below_$process = 0)) $((count -= 1))
  done
}

end() {
  stat_of "$1" && ! ended || return
  [ $((ours_$1)) -eq "$start" ] || carries "$1" || return
  name=${name#\(}
  # shellcheck disable=SC2086
  set -- "$1" ${name%\)}
  pid=$1
  shift
  if kill -KILL "$pid" && [ $((killed_$pid)) -ne "$start" ]; then
    fallen "$pid" "$start" "$*"
  else
    alive="${alive}alive $pid $state $*
"
  fi
}

# Sets memory to the shared memory of what was ended, if no process uses it any more.
find_memory() {
  memory=''
  [ -r /proc/sysvipc/shm ] || return
  while read -r _ segment _ size creator _ users _; do
    case $creator$users in
      *[!0-9]*) ;; # the headline
      *)
        [ "$users" -ne 0 ] || [ $((killed_$creator)) -eq 0 ] || memory="${memory}memory $segment $size
"
        ;;
    esac
  done </proc/sysvipc/shm
}

# Writes the log that the next run reports to its user.
report() {
  find_memory
  printf '%s\n' "jvm $jvm" "status $how" "uptime $began $now" "total $total"
  printf '%scomplete\n' "$endings$alive$traced$memory"
}

asking='' bade='' signals='' how=unknown naps=0 pause=0.002 hidden=' ' sessions=' ' jvms=''
stat_of "$jvm" && jvms=$session
[ "$jvms" ] || jvms=* # unknown: no session proves anything
[ "$BASH_VERSION" ] && set -o posix # else a trapped signal takes a timed read's timeout
trap leave TERM
echo ready >&9
while :; do
  # A timed read may lose what it has read, so it takes one byte. The JVM writes a line as a whole.
  first='' got=''
  if [ "$timed" ]; then IFS= read -r -t 4 -n 1 first; else read -r got; fi
  result=$?
  if [ $result -eq 0 ]; then
    [ "$first" ] && IFS= read -r got
    # shellcheck disable=SC2086
    note $first$got
    continue
  fi
  jvm_lives || break
  # Some shells return 1 at a timeout too. At the end of the input "something" can always be read.
  [ $result -eq 1 ] && { [ ! "$timed" ] || read -r -t 0 _; } && nap idle
done

trap '' TERM
[ "$BASH_VERSION" ] && set +o posix

# Spare this shell and its ancestors.
stat_of $$
adopter=$parent
spared=" 1 $$ "
while [ "$parent" -gt 1 ]; do
  spared="$spared$parent "
  stat_of "$parent" || break
done

hides=''
whole /proc/self/mountinfo && case $text in *hidepid=*) hides=yes ;; esac
read -r began _ </proc/uptime
count=0 total=0 endings='' calm=0 tried=0 deaths=0 names=0
bid
read -r now _ </proc/uptime
progress=${now%.*}
: $((dead_$jvm = born)) # that death is known
strike
for _ in 1 2 3 4 5; do
  read -r _ _ _ _ before </proc/loadavg # the pid that was given last
  proven=$sessions
  descend
  read -r _ _ _ _ newest </proc/loadavg
  # If no process was born or went meanwhile, and none was left alone that a session proves by now, another
  # descent would hardly find more; the sweeps will.
  [ "$others" ] || proven=$sessions
  if [ $news -eq 0 ] ||
    { [ "$before $proven" = "${newest:-unknown} $sessions" ] && [ $vanished -eq 0 ]; }; then
    fell
    break
  fi
done
while :; do
  news=1 deaths=0
  while [ $news -gt 0 ]; do
    sweep
    [ $vanished -gt 0 ] && chase
  done
  found=$count
  strike
  fell
  [ "$hidden" = ' ' ] || vanished=$((vanished + 1))
  read -r now _ </proc/uptime
  now=${now%.*}
  if [ $deaths -gt 0 ]; then
    progress=$now calm=0 tried=0
  elif [ "$alive" ]; then
    [ $((now - progress)) -ge $patience ] && break
    nap busy
  elif [ $found -eq 0 ] && [ "$vanished" -eq 0 ]; then
    calm=$((calm + 1))
    [ $calm -ge 2 ] && break # two sweeps could read every process, and found none of ours
  else
    # A process vanished before it could be read: ours, or any other short-lived one on this machine.
    tried=$((tried + 1))
    [ $tried -ge $tries ] && [ $((now - progress)) -ge $doubt ] && break
  fi
done

# From here on programs may be run: the processes that took the slots are gone.
trap 'exec rm -rf -- "$private" "$private-copies"' EXIT
# A launch that was traced until the JVM died has such a file: the kernel has ended what was left of it.
traced=''
set +f
for mark in "$private"/traced-*[0-9]; do
  [ -f "$mark" ] && IFS= read -r got <"$mark" && traced="${traced}traced $got
"
done
set -f
if [ $total -gt 0 ] || [ "$alive$traced" ]; then
  read -r now _ </proc/uptime
  set -C # creates new files only, since others may write to the directory
  [ -d "$logs" ] || mkdir -p "$logs"
  for log in "$logs/guardian-$jvm.new" "$logs/guardian-$jvm-$born.new"; do
    [ -e "$log" ] || [ -L "$log" ] || { report >"$log" && break; }
  done
fi

# While it starts, and while it is read, the flight recorder has a directory beside the private one.
set +f
d='[0-9][0-9]'
for recorder in "${private%/*}"/$d${d}_${d}_${d}_${d}_${d}_${d}_"$jvm"; do
  [ ! -d "$recorder" ] || rmdir -- "$recorder" # keeps it if it is not empty
done
