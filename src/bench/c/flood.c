/* flood N: N double forks at full speed; orphan i exits with i & 127. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < n; i++) {
    pid_t middle = fork();
    if (middle == 0) {
      if (fork() == 0) _exit(i & 127);
      _exit(0);
    }
    if (middle < 0 || waitpid(middle, NULL, 0) != middle) return 1;
  }
  return 0;
}
