/*
 * actor FILE SLOT: does what a test writes into its slot of a shared file, step by step: forks an
 * actor for another slot, exits, sends a signal, ...
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct slot {
  volatile int asked;
  volatile int op;
  volatile int first;
  volatile int second;
  volatile int done;
  volatile int result;
  volatile int born; /* the id of the process or thread that serves this slot */
};

enum {
  FORK = 1, EXIT, KILL, SETSID, SETPGID, WAIT, EXEC, LIMIT,
  VFORK, THREAD, END_THREAD, SUBREAPER, IGNORE
};

static struct slot *slots;
static char **arguments;

static void serve(int index);

static void *thread(void *slot) {
  struct slot *own = slot;
  own->born = (int)syscall(SYS_gettid);
  serve((int)(own - slots));
  return NULL;
}

static int act(struct slot *own, int *index, char **argv) {
  switch (own->op) {
    case FORK: {
      int child = own->first;
      pid_t pid = fork();
      if (pid == 0) *index = child;
      return pid;
    }
    case EXIT:
      _exit(own->first);
    case KILL:
      return kill(own->first, own->second) ? errno : 0;
    case SETSID:
      return setsid() < 0 ? errno : 0;
    case SETPGID:
      return setpgid(0, own->first) ? errno : 0;
    case WAIT: {
      int status;
      pid_t pid = waitpid(-1, &status, WNOHANG);
      return pid > 0 ? status : -1;
    }
    case EXEC: {
      char path[4096], number[16];
      snprintf(path, sizeof path, "%s2", argv[0]);
      snprintf(number, sizeof number, "%d", *index);
      own->result = 0;
      own->done = own->asked; /* it goes on behind this step */
      execl(path, path, argv[1], number, (char *)0);
      abort();
    }
    case VFORK: {
      int child = own->first; /* a child of another memory answers for itself */
      pid_t pid = vfork();
      if (pid == 0) {
        slots[child].born = getpid();
        serve(child);
      }
      return pid;
    }
    case THREAD: {
      pthread_t started;
      return pthread_create(&started, NULL, thread, &slots[own->first]);
    }
    case END_THREAD:
      syscall(SYS_exit, 0);
      return -1;
    case SUBREAPER:
      return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) ? errno : 0;
    case IGNORE:
      return signal(SIGCHLD, SIG_IGN) == SIG_ERR;
    case LIMIT: {
      struct rlimit limit;
      getrlimit(RLIMIT_LOCKS, &limit);
      limit.rlim_cur = (rlim_t)own->first;
      return setrlimit(RLIMIT_LOCKS, &limit) ? errno : 0;
    }
  }
  return -1;
}

static void serve(int index) {
  for (;;) {
    struct slot *own = &slots[index];
    if (own->asked == own->done) {
      usleep(100);
      continue;
    }
    int before = index;
    int result = act(own, &index, arguments);
    if (index != before) continue; /* a new child: its parent answers */
    own->result = result;
    own->done = own->asked;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int fd = open(argv[1], O_RDWR);
  if (fd < 0) return 2;
  slots = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (slots == MAP_FAILED) return 2;
  close(fd);
  arguments = argv;
  signal(SIGHUP, SIG_DFL); /* ignored below nohup(1) */
  serve(atoi(argv[2]));
}
