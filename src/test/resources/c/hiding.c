// A daemon that hides as well as a program can: it raises its limits to infinity where that is
// allowed, can't be inspected (prctl(PR_SET_DUMPABLE)), and sleeps in its own session,
// orphaned. The first argument marks it in the list of processes; the second one is "raise" for the
// limits. With the arguments "exit" and a code it only hides and exits.
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc > 2 && strcmp(argv[1], "exit") == 0) {
    prctl(PR_SET_DUMPABLE, 0);
    return atoi(argv[2]);
  }
  if (argc > 2 && strcmp(argv[2], "raise") == 0) {
    struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_LOCKS, &unlimited);
  }
  prctl(PR_SET_DUMPABLE, 0);
  pid_t middle = fork();
  if (middle) {
    waitpid(middle, NULL, 0); // when this one ends, the daemon is an orphan
    exit(0);
  }
  setsid();
  if (fork()) exit(0);
  for (int fd = 0; fd < 3; fd++) close(fd);
  sleep(1000);
  return 0;
}
