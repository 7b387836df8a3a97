/* swift PROGRAM [ARGUMENT...]: a subreaper that reaps at once, as an init may, so that no zombie
   holds a process slot or a pid for long. Prints "started <pid>", and of its children
   "ended <pid> <wait status>", "stopped <pid>" and "continued <pid>". Exits with 0 when no process is
   left below it. When its input ends first, or after ten minutes, it kills its children. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t late;

static void on_signal(int signal) {
  if (signal == SIGALRM) late = 1;
}

static void kill_all(int signal) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  FILE *list = fopen(path, "r");
  int pid;
  while (list != NULL && fscanf(list, "%d", &pid) == 1) {
    if (pid > 1) kill(pid, signal);
  }
  if (list != NULL) fclose(list);
}

int main(int argc, char **argv) {
  if (argc < 2) return 1;
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigaction(SIGCHLD, &action, NULL);
  sigaction(SIGALRM, &action, NULL);
  alarm(600);
  sigset_t child, before;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, &before);
  pid_t first = fork();
  if (first == 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  printf("started %d\n", first);
  fflush(stdout);
  for (;;) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
      if (WIFSTOPPED(status)) printf("stopped %d\n", pid);
      else if (WIFCONTINUED(status)) printf("continued %d\n", pid);
      else printf("ended %d %d\n", pid, status);
    }
    fflush(stdout);
    if (pid < 0) return 0;
    struct pollfd input = {0, POLLIN, 0};
    if (late || ppoll(&input, 1, NULL, &before) > 0) {
      late = 1;
      kill_all(SIGSTOP);
      kill_all(SIGKILL);
      usleep(1000);
    }
  }
}
