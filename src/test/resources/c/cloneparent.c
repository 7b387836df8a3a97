/* Forks with CLONE_PARENT: the child is its sibling, in the list of the thread that spawned it. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) {
    usleep(100000);
    _exit(5);
  }
  return 0;
}
