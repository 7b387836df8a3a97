/* stamp MILLIS: waits, prints the monotonic clock in nanoseconds, and ends. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  usleep((argc > 1 ? atoi(argv[1]) : 0) * 1000);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%ld\n", now.tv_sec * 1000000000L + now.tv_nsec);
  fflush(stdout);
  _exit(0);
}
