/* A library that forks as native code does: without the JVM's knowledge, and with all descriptors
   that lack close-on-exec. */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

/* Forks a daemon that never execs, so that it holds every descriptor of the JVM. */
int fork_only(void) {
  pid_t child = fork();
  if (child == 0) {
    setsid();
    alarm(600);
    for (;;) pause();
  }
  return child;
}

/* Forks and execs a daemon. */
int fork_and_exec(void) {
  pid_t child = fork();
  if (child == 0) {
    setsid();
    execlp("sleep", "sleep", "1000", (char *)NULL);
    _exit(127);
  }
  return child;
}
