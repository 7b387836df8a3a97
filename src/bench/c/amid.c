/*
 * amid N M: forks N processes that sleep, then runs a program M times, which ends at once, and
 * prints the nanoseconds that one run has taken. N + 1 processes live meanwhile.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void run(char *program) {
  pid_t child = fork();
  if (child == 0) {
    execl(program, program, NULL);
    _exit(1);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) exit(1);
}

int main(int argc, char **argv) {
  if (argc < 3) return 0;
  int n = atoi(argv[1]);
  int m = atoi(argv[2]);
  pid_t *sleeping = calloc(n + 1, sizeof *sleeping);
  for (int i = 0; i < n; i++) {
    sleeping[i] = fork();
    if (sleeping[i] == 0) {
      for (;;) pause();
    }
    if (sleeping[i] < 0) return 1;
  }
  for (int i = 0; i < m / 10 + 1; i++) run(argv[0]);
  long start = now();
  for (int i = 0; i < m; i++) run(argv[0]);
  printf("%ld\n", (now() - start) / m);
  for (int i = 0; i < n; i++) kill(sleeping[i], SIGKILL);
  while (wait(NULL) > 0) {
  }
  return 0;
}
