/* reaping R L: forks in each round R children that end, and after them L that stay, and prints the pids
   of the L. At the next newline it collects the R one by one, and at another one it ends the L. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void pause_for(long nanos) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do clock_gettime(CLOCK_MONOTONIC, &now);
  while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < nanos);
}

static void line(void) {
  char byte;
  if (read(0, &byte, 1) != 1) exit(0);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int ending = atoi(argv[1]), staying = atoi(argv[2]);
  pid_t ended[ending], stays[staying];
  for (;;) {
    for (int i = 0; i < ending; i++) {
      if ((ended[i] = fork()) == 0) _exit(0);
    }
    for (int i = 0; i < ending; i++) {
      siginfo_t info;
      waitid(P_PID, ended[i], &info, WEXITED | WNOWAIT);
    }
    printf("staying");
    for (int i = 0; i < staying; i++) {
      if ((stays[i] = fork()) == 0) {
        close(0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == 1) _exit(0);
        for (;;) pause();
      }
      printf(" %d", stays[i]);
    }
    printf("\n");
    fflush(stdout);
    line();
    for (int i = 0; i < ending; i++) {
      waitpid(ended[i], NULL, 0);
      pause_for(5000);
    }
    printf("collected\n");
    fflush(stdout);
    line();
    for (int i = 0; i < staying; i++) kill(stays[i], SIGKILL);
    for (int i = 0; i < staying; i++) waitpid(stays[i], NULL, 0);
  }
}
