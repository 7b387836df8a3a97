/*
 * cleanup PROGRAM ...: runs it as a subreaper to its end, collecting whoever else ends meanwhile, and
 * then ends all that it has left, as the library does: nothing is collected before everything is
 * dead, SIGSTOP from the top down, SIGKILL from the bottom up, until two looks agree. Prints how many
 * it collected then, and the nanoseconds from the program's end to the last collect.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 100000
static int queue[MOST];
static char text[1 << 20];
static char stopped[1 << 22];

/* Appends the children of a thread to the queue. */
static int children(int pid, int count) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  int file = open(path, O_RDONLY);
  if (file < 0) return count;
  int length = 0, part;
  while ((part = read(file, text + length, sizeof text - 1 - length)) > 0) length += part;
  close(file);
  text[length] = 0;
  char *at = text, *end;
  for (long pid; count < MOST && (pid = strtol(at, &end, 10), end != at); at = end) {
    queue[count++] = pid;
  }
  return count;
}

static int is_dead(int pid) {
  siginfo_t info;
  info.si_pid = 0;
  return waitid(P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == pid;
}

int main(int argc, char **argv) {
  if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return 1;
  pid_t launched = fork();
  if (launched == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  int status;
  pid_t ended;
  while ((ended = waitpid(-1, &status, 0)) != launched) {
    if (ended < 0) return 1;
  }
  if (status != 0) return 1;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  int calm = 0, last = -1;
  while (calm < 2) {
    int orphans = children(getpid(), 0), alive = 0, count = orphans;
    for (int i = 0; i < count; i++) {
      if (i < orphans && is_dead(queue[i])) continue;
      alive++;
      if (!stopped[queue[i]]) kill(queue[i], SIGSTOP);
      stopped[queue[i]] = 1;
      count = children(queue[i], count);
    }
    for (int i = count - 1; i >= 0; i--) {
      if (i >= orphans || !is_dead(queue[i])) kill(queue[i], SIGKILL);
    }
    calm = alive == 0 && orphans == last ? calm + 1 : 0;
    last = orphans;
    if (alive > 0) usleep(200);
  }
  int collected = 0;
  while (waitpid(-1, NULL, WNOHANG) > 0) collected++;
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%d %ld\n", collected,
         (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec);
  return 0;
}
