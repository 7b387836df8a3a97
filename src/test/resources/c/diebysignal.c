/* diebysignal N: an orphan that dies of signal N with a core dump allowed; the first process prints
   the raw status with which a copy of it died, as the parent that waits for it sees it. Without N it
   dies itself, of the SIGALRM of a timer of the kernel. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(int signal_number) {
  struct rlimit core = {RLIM_INFINITY, RLIM_INFINITY};
  if (getrlimit(RLIMIT_CORE, &core) == 0) {
    core.rlim_cur = core.rlim_max;
    setrlimit(RLIMIT_CORE, &core);
  }
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, NULL);
  signal(signal_number, SIG_DFL);
  kill(getpid(), signal_number);
  _exit(99);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 10000}, NULL);
    pause();
  }
  int signal_number = atoi(argv[1]);
  int status = 0;
  pid_t witness = fork();
  if (witness == 0) die(signal_number);
  waitpid(witness, &status, 0);
  printf("%d\n", status);
  fflush(stdout);
  pid_t middle = fork();
  if (middle == 0) {
    if (fork() == 0) die(signal_number);
    _exit(0);
  }
  waitpid(middle, NULL, 0);
  return 0;
}
