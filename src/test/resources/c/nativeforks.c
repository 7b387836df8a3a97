/* A library with its own children. Each call forks one that exits with a code, and waits for it: by its
   pid, or for any child until none is left. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns the exit code of the child; -errno if the wait failed. */
int run(int code) {
  pid_t pid = fork();
  if (pid == 0) {
    usleep(code % 3 * 1000);
    _exit(code);
  }
  if (pid < 0) return -errno;
  int status;
  pid_t waited;
  do waited = waitpid(pid, &status, 0);
  while (waited < 0 && errno == EINTR);
  if (waited < 0) return -errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1000;
}

/* Collects every dead child, which a library must not do, and returns how many. */
int steal(void) {
  int count = 0;
  while (waitpid(-1, NULL, WNOHANG) > 0) count++;
  return count;
}
