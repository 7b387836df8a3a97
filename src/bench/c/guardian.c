/*
 * guardian PROGRAM ...: what the guardian of the library does, in C. It starts a guardian, takes a tag
 * (RLIMIT_LOCKS, inherited by all that it starts), runs PROGRAM to its end, prints "ready" and waits
 * to be killed. The guardian learns of that by the end of a pipe. Then it stops all that carries the
 * tag until a sweep over /proc finds none that runs, kills them, and looks again, until two sweeps
 * find none.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST (1 << 22)
static char text[8192];
static char stopped[MOST];
static int found[MOST];
static char wanted[64];

static int whole(int pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length > 0 ? length : 0] = 0;
  return length > 0;
}

/* A process in state Z with other threads has only lost its first one: field 20. */
static int lives(int pid) {
  if (!whole(pid, "stat")) return 0;
  char state;
  int threads;
  char *rest = strrchr(text, ')');
  if (!rest || sscanf(rest + 2,
                      "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d",
                      &state, &threads) != 2)
    return 0;
  return state != 'X' && (state != 'Z' || threads > 1);
}

static int carries(int pid) { return whole(pid, "limits") && strstr(text, wanted) != NULL; }

/* Stops all that run; sets news to their number. */
static int sweep(int *news) {
  int count = 0, pid;
  *news = 0;
  DIR *proc = opendir("/proc");
  for (struct dirent *entry; (entry = readdir(proc));) {
    if ((pid = atoi(entry->d_name)) <= 0 || pid == getpid()) continue;
    if (!lives(pid) || !carries(pid)) continue;
    found[count++] = pid;
    if (stopped[pid]) continue;
    kill(pid, SIGSTOP);
    if (!carries(pid)) kill(pid, SIGCONT);
    stopped[pid] = 1;
    ++*news;
  }
  closedir(proc);
  return count;
}

static void guard(int line) {
  char byte;
  setsid();
  while (read(line, &byte, 1) > 0) {
  }
  for (int calm = 0; calm < 2;) {
    int news = 1, count = 0;
    while (news > 0) count = sweep(&news);
    for (int i = count - 1; i >= 0; i--) {
      if (carries(found[i]) && lives(found[i])) kill(found[i], SIGKILL);
    }
    calm = count == 0 ? calm + 1 : 0;
  }
  _exit(0);
}

int main(int argc, char **argv) {
  int line[2], status;
  if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return 1;
  if (pipe2(line, O_CLOEXEC) != 0) return 1;
  struct rlimit tag = {7400000000000000000UL + getpid(), RLIM_INFINITY};
  snprintf(wanted, sizeof wanted, "Max file locks            %lu ", tag.rlim_cur);
  if (fork() == 0) {
    close(line[1]);
    guard(line[0]);
  }
  close(line[0]);
  if (setrlimit(RLIMIT_LOCKS, &tag) != 0) return 1;
  pid_t launched = fork();
  if (launched == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  if (waitpid(launched, &status, 0) != launched || status != 0) return 1;
  printf("ready\n");
  fflush(stdout);
  for (;;) pause();
}
