// hidden daemon|stay|work|exit N: a process that /proc hides from its own user where it is mounted
// with hidepid. The first three are not dumpable, as agents that hold secrets; exit N is for a
// set-user-id copy of this program. work has threads, a child and a grandchild, waits for all of
// them, and executes sh, which is not hidden.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *unused) { return unused; }

static int code_of(pid_t child) {
  int status;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int work(void) {
  for (int i = 0; i < 20; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL)) return 97;
  }
  pid_t child = fork();
  if (child == 0) {
    pid_t grandchild = fork();
    if (grandchild == 0) _exit(4);
    _exit(code_of(grandchild) == 4 ? 3 : 96);
  }
  if (code_of(child) != 3) return 95;
  execl("/bin/sh", "sh", "-c", "exit 6", (char *)NULL);
  return 94;
}

int main(int count, char **arguments) {
  if (count == 3 && !strcmp(arguments[1], "exit")) return atoi(arguments[2]);
  if (count != 2 || prctl(PR_SET_DUMPABLE, 0)) return 99;
  if (!strcmp(arguments[1], "work")) return work();
  if (!strcmp(arguments[1], "daemon")) {
    if (fork()) return 7;
    setsid();
    if (fork()) return 8;
  } else if (write(1, "ready\n", 6) != 6)
    return 93;
  for (int i = 0; i < 300; i++) sleep(1);
  return 0;
}
