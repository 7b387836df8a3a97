/* crowd N: N double forks; the orphans stay until a signal ends them. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < n; i++) {
    pid_t middle = fork();
    if (middle == 0) {
      if (fork() == 0) {
        pause();
        _exit(0);
      }
      _exit(0);
    }
    if (middle < 0 || waitpid(middle, NULL, 0) != middle) return 1;
  }
  return 0;
}
