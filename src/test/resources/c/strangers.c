/* strangers N: starts N idle processes, as a big machine may have; prints how many could be started,
   and ends them and itself when its input ends. If it dies, they die too. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int wanted = argc > 1 ? atoi(argv[1]) : 1, count = 0;
  pid_t *pids = calloc(wanted, sizeof *pids), self = getpid();
  while (count < wanted) {
    pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != self) _exit(0);
      for (;;) pause();
    }
    if (pid < 0) break;
    pids[count++] = pid;
  }
  printf("strangers=%d\n", count);
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  for (int i = 0; i < count; i++) kill(pids[i], SIGKILL);
  for (int i = 0; i < count; i++) waitpid(pids[i], NULL, 0);
  return 0;
}
