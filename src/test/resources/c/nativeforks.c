/* A library with its own children. Each call forks one that exits with a code, and waits for it: by its
   pid, or for any child until none is left. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts a child that lives until a signal ends it. Returns its pid. */
int start(void) {
  pid_t pid = fork();
  while (pid == 0) pause();
  return pid < 0 ? -errno : pid;
}

/* Waits for a child. Returns its exit code, 128 and the signal that has ended it, or -errno if the wait failed. */
int await(int pid) {
  int status;
  pid_t waited;
  do waited = waitpid(pid, &status, 0);
  while (waited < 0 && errno == EINTR);
  if (waited < 0) return -errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Returns the exit code of the child; -errno if the wait failed. */
int run(int code) {
  pid_t pid = fork();
  if (pid == 0) {
    usleep(code % 3 * 1000);
    _exit(code);
  }
  return pid < 0 ? -errno : await(pid);
}

/* Collects every dead child, which a library must not do, and returns how many. */
int steal(void) {
  int count = 0;
  while (waitpid(-1, NULL, WNOHANG) > 0) count++;
  return count;
}
