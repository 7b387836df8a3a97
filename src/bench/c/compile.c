/*
 * compile: forks children that end at once and collects them, as fast as one CPU can, until its
 * input ends. It stays on the last CPU that it may use, so that the others are free. Prints how many
 * children a second it had. If its starter dies, its input ends.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(void) {
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  int last = CPU_SETSIZE - 1;
  while (!CPU_ISSET(last, &cpus)) last--;
  CPU_ZERO(&cpus);
  CPU_SET(last, &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  struct pollfd input = {.fd = 0, .events = POLLIN};
  double start = now();
  long count = 0;
  puts("compiling");
  fflush(stdout);
  while (poll(&input, 1, 0) == 0) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    if (child < 0 || waitpid(child, NULL, 0) != child) return 1;
    count++;
  }
  printf("%.0f\n", count / (now() - start));
  return 0;
}
