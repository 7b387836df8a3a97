/*
 * cleanup plain|knowing PROGRAM ...: runs it as a subreaper to its end, collecting all that end
 * meanwhile, and then ends all that it has left, as the library does: nothing is collected before
 * everything is dead, SIGSTOP from the top down, SIGKILL from the bottom up, until two scans agree.
 * Prints how many it collected then, and the nanoseconds from the program's end to the last collect.
 *
 * A knowing one reads about each process what the library reads, dead or alive: what it is, to which
 * launch it belongs, and whether it is stopped. It has as many threads as a JVM, whose lists of children it
 * reads in its first scan and in the last ones.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 100000
#define MOST_PIDS (1 << 22)
#define THREADS 30
static int knowing;
static int queue[MOST];
static char text[1 << 20];
static char stopped[MOST_PIDS], known[MOST_PIDS];
static volatile int tids[THREADS];

static int read_file(const char *path) {
  int file = open(path, O_RDONLY);
  if (file < 0) return -1;
  int length = 0, part;
  while ((part = read(file, text + length, sizeof text - 1 - length)) > 0) length += part;
  close(file);
  text[length] = 0;
  return length;
}

/* Appends the children of a thread to the queue. */
static int children(int pid, int tid, int count) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, tid);
  if (read_file(path) < 0) return count;
  char *at = text, *end;
  for (long pid; count < MOST && (pid = strtol(at, &end, 10), end != at); at = end) {
    queue[count++] = pid;
  }
  return count;
}

static void read_of(int pid, const char *file) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  read_file(path);
}

/* Reads what a process is and to which launch it belongs, once. */
static void know(int pid) {
  if (!knowing || known[pid]) return;
  known[pid] = 1;
  read_of(pid, "stat");
  struct rlimit limit;
  if (prlimit(pid, RLIMIT_LOCKS, NULL, &limit) != 0) read_of(pid, "limits");
}

static int is_dead(int pid) {
  siginfo_t info;
  info.si_pid = 0;
  return waitid(P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == pid;
}

/* Collects one dead child; 0 if there is none. */
static pid_t collect(int block, int *status) {
  if (knowing) {
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | (block ? 0 : WNOHANG)) != 0) return -1;
    if (info.si_pid == 0) return 0;
    know(info.si_pid);
    known[info.si_pid] = 0;
    struct rusage usage;
    return wait4(info.si_pid, status, 0, &usage);
  }
  return waitpid(-1, status, block ? 0 : WNOHANG);
}

static void *idle(void *tid) {
  *(volatile int *)tid = gettid();
  for (;;) pause();
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 3 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return 1;
  knowing = strcmp(argv[1], "knowing") == 0;
  pid_t launched = fork();
  if (launched == 0) {
    execv(argv[2], argv + 2);
    _exit(127);
  }
  for (int i = 0; knowing && i < THREADS; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, idle, (void *)&tids[i]) != 0) return 1;
  }
  int status;
  pid_t ended;
  while ((ended = collect(1, &status)) != launched) {
    if (ended < 0) return 1;
  }
  if (status != 0) return 1;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  int calm = 0, last = -1, alive = 0;
  while (calm < 2) {
    int count = 0;
    for (int i = 0; knowing && alive == 0 && i < THREADS; i++) {
      count = children(getpid(), tids[i], count);
    }
    count = children(getpid(), getpid(), count);
    int orphans = count;
    alive = 0;
    for (int i = 0; i < count; i++) {
      int pid = queue[i];
      if (i < orphans && is_dead(pid)) {
        know(pid);
        continue;
      }
      alive++;
      if (stopped[pid] == 0) {
        kill(pid, SIGSTOP);
        know(pid);
      } else if (stopped[pid] == 1 && knowing) {
        read_of(pid, "stat");
      }
      if (stopped[pid] < 2) stopped[pid]++;
      count = children(pid, pid, count);
    }
    for (int i = count - 1; i >= 0; i--) {
      if (i >= orphans || !is_dead(queue[i])) kill(queue[i], SIGKILL);
    }
    calm = alive == 0 && orphans == last ? calm + 1 : 0;
    last = orphans;
    if (alive > 0) usleep(200);
  }
  int collected = 0;
  while (collect(0, &status) > 0) collected++;
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%d %ld\n", collected,
         (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec);
  return 0;
}
