/*
 * victims SHAPE N [UID]: starts N processes that are hard to end, in their own session, and exits when
 * they are started. SHAPE is idle (N daemons), deaf (the same, which ignore SIGTERM), chains (N chains, in which each process forks the next
 * and exits) or bomb (forks for ever, N at a time). The last two are confined: to an unused UID, to so
 * many processes, and to a minute.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static time_t deadline;

static void confine(int processes, uid_t uid) {
  struct rlimit limit = {processes, processes};
  if (setrlimit(RLIMIT_NPROC, &limit) != 0 || setgroups(0, NULL) != 0 || setgid(uid) != 0 ||
      setuid(uid) != 0)
    _exit(1);
  deadline = time(NULL) + 60;
}

static void chain(void) {
  while (time(NULL) < deadline) {
    pid_t next = fork();
    if (next > 0) _exit(0);
    if (next < 0) usleep(50);
  }
  _exit(0);
}

/* A slot that comes free is taken within 10 us on the average. More frequent tries would keep the
   kernel busy with freeing failed forks alone. */
static void bomb(int processes) {
  while (time(NULL) < deadline) {
    if (fork() < 0) usleep(10 * processes);
  }
  _exit(0);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int n = atoi(argv[2]);
  uid_t uid = argc > 3 ? atoi(argv[3]) : 0;
  int deaf = strcmp(argv[1], "deaf") == 0;
  if (deaf || strcmp(argv[1], "idle") == 0) {
    if (deaf) signal(SIGTERM, SIG_IGN);
    for (int i = 0; i < n; i++) {
      pid_t pid = fork();
      if (pid < 0) return 1;
      if (pid == 0) {
        setsid();
        for (;;) pause();
      }
    }
    return 0;
  }
  if (uid == 0) return 2;
  if (fork() == 0) {
    setsid();
    signal(SIGTERM, SIG_IGN);
    if (strcmp(argv[1], "bomb") == 0) {
      confine(n, uid);
      bomb(n);
    }
    confine(4 * n, uid);
    for (int i = 1; i < n; i++) {
      if (fork() == 0) break;
    }
    chain();
  }
  usleep(100000);
  return 0;
}
