/*
 * supervise CROWD TIMES PROGRAM ...: has CROWD living children, and runs PROGRAM so many times, one
 * after the other. As soon as a wait for any child returns its death, it writes one byte to its own
 * output, and then the output of PROGRAM, which must be one line.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t parent;

static pid_t child(void) {
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
  }
  return pid;
}

int main(int argc, char **argv) {
  if (argc < 4 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return 1;
  int crowd = atoi(argv[1]), times = atoi(argv[2]);
  parent = getpid();
  for (int i = 0; i < crowd; i++) {
    pid_t pid = child();
    if (pid < 0) return 1;
    while (pid == 0) pause();
  }
  for (int i = 0; i < times; i++) {
    int line[2], status;
    if (pipe(line) != 0) return 1;
    pid_t pid = child();
    if (pid < 0) return 1;
    if (pid == 0) {
      dup2(line[1], 1);
      close(line[0]);
      close(line[1]);
      execv(argv[3], argv + 3);
      _exit(127);
    }
    close(line[1]);
    if (waitpid(-1, &status, 0) != pid) return 1;
    if (write(1, "!", 1) != 1 || status != 0) return 1;
    char text[64];
    ssize_t length = read(line[0], text, sizeof text);
    if (length <= 0 || write(1, text, length) != length) return 1;
    close(line[0]);
  }
  return 0;
}
