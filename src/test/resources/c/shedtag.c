// shedtag daemons N: as some stress tests do, raises RLIMIT_LOCKS, which carries the tag, to what it
// can, and then makes N daemons by two forks with a session each, and N that lead their sessions.
// shedtag stay: raises it, and stays. A further argument only marks the command line.
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void stay(void) {
  for (int i = 0; i < 300; i++) sleep(1);
  _exit(0);
}

int main(int count, char **arguments) {
  struct rlimit all;
  if (count < 2 || getrlimit(RLIMIT_LOCKS, &all)) return 99;
  all.rlim_cur = all.rlim_max;
  if (setrlimit(RLIMIT_LOCKS, &all)) return 98;
  if (strcmp(arguments[1], "daemons")) stay();
  for (int i = 0; i < atoi(arguments[2]); i++) {
    pid_t middle = fork();
    if (middle == 0) {
      if (fork() == 0) {
        setsid();
        stay();
      }
      setsid();
      if (fork() == 0) stay();
      _exit(8);
    }
    waitpid(middle, 0, 0);
  }
  return 7;
}
