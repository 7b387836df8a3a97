/* A library with children of its own. Each call forks one that exits with a code, and waits for it:
   by its pid, or until there is no child of anybody left to wait for. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* The code that the child exited with; -errno if the wait failed. */
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

/* Collects whoever has ended, as a library must not; how many. */
int steal(void) {
  int count = 0;
  while (waitpid(-1, NULL, WNOHANG) > 0) count++;
  return count;
}
