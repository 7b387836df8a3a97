/*
 * burst N: N children, the i-th of which exits with i & 127. When all are zombies, it prints the
 * monotonic clock in nanoseconds and exits: its adopter gets them at once and dead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 1;
  pid_t *pids = calloc(n, sizeof *pids);
  for (int i = 0; i < n; i++) {
    pids[i] = fork();
    if (pids[i] == 0) _exit(i & 127);
    if (pids[i] < 0) return 1;
  }
  for (int i = 0; i < n; i++) {
    siginfo_t info;
    if (waitid(P_PID, pids[i], &info, WEXITED | WNOWAIT) != 0) return 1;
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%ld\n", now.tv_sec * 1000000000L + now.tv_nsec);
  fflush(stdout);
  _exit(0);
}
