/* Forks with CLONE_PARENT: the child is its sibling, in the list of the thread that spawned it. The child
   lives for 0.1 s; with an argument, until a signal ends it. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  (void)argv;
  long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) {
    if (argc > 1) pause();
    usleep(100000);
    _exit(5);
  }
  return 0;
}
