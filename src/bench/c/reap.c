/*
 * reap PROGRAM ...: runs it as a subreaper and waits for any child until none is left. Prints how
 * many orphans it reaped, the sum of their exit codes, PROGRAM's own, and the nanoseconds from the
 * fork to the last reap.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return 1;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  pid_t launched = fork();
  if (launched == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  long orphans = 0, codes = 0;
  int status, own = -1;
  struct rusage usage;
  pid_t pid;
  while ((pid = wait4(-1, &status, 0, &usage)) > 0) {
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
    if (pid == launched) {
      own = code;
    } else {
      orphans++;
      codes += code;
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%ld %ld %d %ld\n", orphans, codes, own,
         (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec);
  return 0;
}
