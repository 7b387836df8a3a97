/*
 * reap HOW TIMES PROGRAM ...: runs it, so many times side by side, as a subreaper and waits for any
 * child until none is left. With HOW "knowing" it first reads what each one was, by the calls that the
 * library makes: a wait that collects nothing, stat, the limit that may carry a tag, and whether it is
 * still there. Prints how many orphans it reaped, the sum of their exit codes, that of the
 * programs' own, and the monotonic clock in nanoseconds before the first fork and after the last
 * reap.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 16

static long nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

static pid_t collect(int knowing, int *status, struct rusage *usage) {
  if (!knowing) return wait4(-1, status, 0, usage);
  siginfo_t info;
  if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0) return -1;
  char path[32], stat[4096];
  snprintf(path, sizeof path, "/proc/%d/stat", info.si_pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int length = fd < 0 ? 0 : read(fd, stat, sizeof stat);
  close(fd);
  struct rlimit tag;
  siginfo_t again;
  if (length <= 0 || prlimit(info.si_pid, RLIMIT_LOCKS, NULL, &tag) != 0 ||
      waitid(P_PID, info.si_pid, &again, WEXITED | WNOWAIT | WNOHANG) != 0) {
    exit(1);
  }
  return wait4(info.si_pid, status, WNOHANG, usage);
}

int main(int argc, char **argv) {
  int knowing = argc > 1 && strcmp(argv[1], "knowing") == 0;
  argc--;
  argv++;
  int times = argc > 2 ? atoi(argv[1]) : 0;
  if (times < 1 || times > MOST || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return 1;
  pid_t launched[MOST];
  long start = nanos();
  for (int i = 0; i < times; i++) {
    launched[i] = fork();
    if (launched[i] == 0) {
      execv(argv[2], argv + 2);
      _exit(127);
    }
  }
  long orphans = 0, codes = 0, own = 0;
  int status;
  struct rusage usage;
  pid_t pid;
  while ((pid = collect(knowing, &status, &usage)) > 0) {
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000, i = 0;
    while (i < times && launched[i] != pid) i++;
    if (i < times) {
      own += code;
    } else {
      orphans++;
      codes += code;
    }
  }
  printf("%ld %ld %ld %ld %ld\n", orphans, codes, own, start, nanos());
  return 0;
}
