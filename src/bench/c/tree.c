/*
 * tree N: starts a daemon with descendants, N processes in all, ten children each. Exits when all are
 * started; they stay until a signal ends them.
 */
#include <stdlib.h>
#include <unistd.h>

#define WIDTH 10

static void grow(int n, int ready) {
  int self = 0;
  for (int i = 1; i <= WIDTH && WIDTH * self + i < n; i++) {
    pid_t pid = fork();
    if (pid < 0) _exit(1);
    if (pid == 0) {
      self = WIDTH * self + i;
      i = 0;
    }
  }
  if (write(ready, "", 1) != 1) _exit(1);
  close(ready);
  for (;;) pause();
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 1, ready[2];
  if (pipe(ready) != 0) return 1;
  if (fork() == 0) {
    close(ready[0]);
    setsid();
    grow(n, ready[1]);
  }
  close(ready[1]);
  int count = 0, length;
  char bytes[4096];
  while ((length = read(ready[0], bytes, sizeof bytes)) > 0) count += length;
  return count == n ? 0 : 1;
}
