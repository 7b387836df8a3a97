/* Processes that a dead JVM may leave. Those that fork exit after 90 seconds, the others after ten
   minutes, whatever happens.
     victims daemons N         N daemons in their own sessions, without descriptors, with an
                               overwritten environment, that ignore all but SIGKILL
     victims mild N            the same, but SIGTERM ends them
     victims bomb N UID        forks for ever, N processes at once
     victims groups N UID      the same, each in its own process group, ignoring SIGHUP
     victims chains N UID      N chains of processes, each of which forks the next one and exits
     victims sessions N UID    the same, each process in its own session
     victims named NAME        one daemon of that name
     victims memory            one with shared memory, the number of which is its name
     victims deep N            a daemon with a child with a child, N in all
     victims threads           a daemon whose first thread has ended
   The test chooses the last three digits of UID: as root the program becomes that user; as another
   user it adds what its own user runs to N. So the limit is always for its own processes. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static time_t deadline;

static time_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

static void live(void) {
  for (;;) {
    if (now() > deadline) _exit(0);
    sleep(1);
  }
}

static void *live_on(void *unused) {
  (void)unused;
  live();
  return NULL;
}

static void ignore_all(void) {
  for (int signal = 1; signal < NSIG; signal++) {
    if (signal != SIGCHLD && signal != SIGSEGV) sigaction(signal, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
  }
}

/* Counts the threads of this user, as RLIMIT_NPROC does. */
static int mine(void) {
  int count = 0;
  DIR *processes = opendir("/proc");
  struct dirent *entry;
  while (processes != NULL && (entry = readdir(processes)) != NULL) {
    char path[300];
    struct stat owner;
    snprintf(path, sizeof path, "/proc/%s/task", entry->d_name);
    if (stat(path, &owner) == 0 && owner.st_uid == getuid()) count += owner.st_nlink - 2;
  }
  if (processes != NULL) closedir(processes);
  return count;
}

static void confine(int most, uid_t uid) {
  if (getuid() != 0) most += mine();
  struct rlimit slots = {most, most};
  setrlimit(RLIMIT_NPROC, &slots);
  if (getuid() == 0) {
    if (setgroups(0, NULL) != 0 || setgid(uid) != 0 || setuid(uid) != 0) _exit(1);
  }
}

static void ready(int line) {
  if (write(line, "", 1) != 1) _exit(1);
}

static void daemon_of(int line, int deaf) {
  if (fork() != 0) _exit(0);
  setsid();
  if (deaf) ignore_all();
  for (char **variable = environ; *variable != NULL; variable++) memset(*variable, 'x', strlen(*variable));
  ready(line);
  for (int fd = 0; fd < 1024; fd++) close(fd);
  live();
}

/* A free slot is taken within 10 us on average; more attempts would only keep the kernel busy with
   failed forks. */
static void bomb(int processes, int groups) {
  signal(SIGCHLD, SIG_IGN);
  for (;;) {
    if (now() > deadline) _exit(0);
    pid_t child = fork();
    if (child == 0 && groups) setpgid(0, 0);
    if (child < 0) usleep(10 * processes);
  }
}

static void chain(int sessions) {
  for (;;) {
    if (now() > deadline) _exit(0);
    pid_t next = fork();
    if (next > 0) _exit(0);
    if (next < 0) usleep(50);
    if (next == 0 && sessions) setsid();
  }
}

int main(int argc, char **argv) {
  if (argc < 2) return 1;
  deadline = now() + (argc > 3 ? 90 : 600);
  const char *kind = argv[1];
  int count = argc > 2 ? atoi(argv[2]) : 1;
  int line[2];
  if (pipe(line) != 0) return 1;
  int deaf = strcmp(kind, "daemons") == 0;
  int daemons = deaf || strcmp(kind, "mild") == 0;
  if (daemons) {
    for (int i = 0; i < count; i++) {
      pid_t middle = fork();
      if (middle == 0) daemon_of(line[1], deaf);
      if (middle < 0) return 1;
    }
  } else if (fork() == 0) {
    setsid();
    ignore_all();
    signal(SIGCHLD, SIG_DFL);
    if (strcmp(kind, "named") == 0) {
      prctl(PR_SET_NAME, argv[2]);
      ready(line[1]);
      live();
    }
    if (strcmp(kind, "memory") == 0) {
      char name[16];
      snprintf(name, sizeof name, "%d", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
      prctl(PR_SET_NAME, name);
      ready(line[1]);
      live();
    }
    if (strcmp(kind, "deep") == 0) {
      for (int i = 1; i < count; i++) {
        pid_t child = fork();
        if (child < 0) _exit(1);
        if (child > 0) live();
      }
      ready(line[1]);
      live();
    }
    if (strcmp(kind, "threads") == 0) {
      pthread_t thread;
      pthread_create(&thread, NULL, live_on, NULL);
      ready(line[1]);
      pthread_exit(NULL);
    }
    if (argc < 4) _exit(1);
    int chains = strcmp(kind, "chains") == 0 || strcmp(kind, "sessions") == 0;
    confine(chains ? 4 * count : count, (uid_t)atoi(argv[3]));
    ready(line[1]);
    if (!chains) bomb(count, strcmp(kind, "groups") == 0);
    for (int i = 1; i < count; i++) {
      if (fork() == 0) break;
    }
    chain(strcmp(kind, "sessions") == 0);
  } else {
    count = 1;
  }
  close(line[1]);
  if (!daemons) count = 1;
  for (char byte; count > 0; count--) {
    if (read(line[0], &byte, 1) != 1) return 1;
  }
  while (daemons && wait(NULL) > 0) { /* for those that forked the daemons */
  }
  return 0;
}
