/* Programs that resist their end: hostile MODE UID SLOTS SECONDS MARK [NUMBER]
   Each confines itself first: to its own user (UID, unless 0), to so many processes of that user
   (SLOTS, unless 0), and to SECONDS, after which every process exits by itself. MARK stays in the
   command line of all descendants. Prints `ready` once it behaves as MODE says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static time_t deadline;
static int uid;
static int number;

static void live_until_deadline(void) {
  long left = deadline - time(NULL);
  if (left <= 0) _exit(99);
  alarm(left);
}

/* Returns -1 if there is no slot. */
static pid_t try_child(void) {
  pid_t pid = fork();
  if (pid == 0) live_until_deadline();
  return pid;
}

/* Waits for a slot: other programs of this user may have some of SLOTS for a moment. */
static pid_t child(void) {
  pid_t pid;
  while ((pid = try_child()) < 0) usleep(1000);
  return pid;
}

/* Returns once its parent has ended. */
static void orphan(void) {
  if (child() != 0) _exit(0);
}

static void say(const char *text) {
  if (write(1, text, strlen(text)) < 0) _exit(98);
}

static void rest(void) {
  for (;;) pause();
}

static void ignore(int first, int last) {
  for (int s = first; s <= last; s++)
    if (s != SIGALRM && s != SIGCHLD) signal(s, SIG_IGN);
}

static void limit(int resource, rlim_t soft, rlim_t hard) {
  struct rlimit value = {soft, hard};
  if (setrlimit(resource, &value) != 0) _exit(97);
}

static void become(int user) {
  if (setgroups(0, NULL) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0)
    _exit(96);
}

/* All processes fork for ever; there is room for NUMBER. A free slot is taken within 10 us on average;
   more attempts would only keep the kernel busy with failed forks. */
static void bomb(void) {
  int full = 0;
  ignore(1, 31);
  signal(SIGCHLD, SIG_IGN); /* no zombies: their slots are for more processes */
  for (;;) {
    if (try_child() < 0) {
      if (!full++) say("ready\n");
      live_until_deadline();
      usleep(10 * number);
    }
  }
}

/* Chains in which each process forks the next one and exits. */
static void chains(int chains, int sessions) {
  ignore(1, 31);
  for (int i = 1; i < chains; i++)
    if (child() == 0) break;
  for (int hops = 0;;) {
    pid_t next = try_child();
    if (next > 0) _exit(0);
    if (next < 0) {
      live_until_deadline();
      usleep(50);
      continue;
    }
    if (sessions) setsid();
    if (++hops == 50) say("ready\n");
  }
}

/* The leader of a group that a kill of the group reaches, and a chain that it does not reach. */
static void group(void) {
  setpgid(0, 0);
  if (child() == 0) {
    setsid();
    chains(8, 1);
  }
  rest();
}

static void deaf(void) {
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, SIGALRM);
  ignore(1, 64);
  sigprocmask(SIG_BLOCK, &all, NULL);
  for (int i = 0; i < 3; i++)
    if (child() == 0) {
      setsid();
      if (i == 0) orphan();
      rest();
    }
  say("ready\n");
  rest();
}

static void fork_and_go(int signal) {
  (void)signal;
  if (try_child() > 0) _exit(0);
}

static void fork_and_stay(int signal) {
  (void)signal;
  try_child();
}

static void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER};
  sigaction(signal, &action, NULL);
}

/* On SIGTERM it forks a successor and exits. */
static void respawn(void) {
  handle(SIGTERM, fork_and_go);
  for (int i = 0; i < 3; i++)
    if (child() == 0) break;
  say("ready\n");
  rest();
}

static void multiply(void) {
  handle(SIGTERM, fork_and_stay);
  say("ready\n");
  rest();
}

/* Two processes that restart each other. */
static void pair(void) {
  ignore(1, 31);
  say("ready\n");
  for (;;) {
    pid_t self = getpid();
    pid_t other = try_child();
    if (other == 0)
      while (getppid() == self) usleep(200);
    else if (other > 0)
      waitpid(other, NULL, 0);
    else
      usleep(200);
    live_until_deadline();
  }
}

/* A group of stopped processes; each that is continued forks one more. */
static void stopped(void) {
  setpgid(0, 0);
  ignore(SIGHUP, SIGHUP);
  ignore(SIGTERM, SIGTERM);
  handle(SIGCONT, fork_and_stay);
  for (int i = 0; i < 3; i++)
    if (child() == 0) {
      if (i == 0) setsid();
      for (;;) raise(SIGSTOP);
    }
  say("ready\n");
  for (;;) raise(SIGSTOP);
}

static void vforking(void) {
  ignore(1, 31);
  say("ready\n");
  if (vfork() == 0) rest();
  rest();
}

static void *fork_on(void *unused) {
  for (int i = 0;; i++) {
    pid_t pid = child();
    if (pid == 0) {
      setsid();
      if (i % 2) orphan();
      rest();
    }
    if (pid > 0 && i % 3 == 0) kill(pid, SIGKILL);
    if (i == 10) say("ready\n");
    usleep(1000);
  }
  return unused;
}

/* The first thread has ended: state Z, with two threads that fork. */
static void headless(void) {
  ignore(1, 31);
  pthread_t thread;
  pthread_create(&thread, NULL, fork_on, NULL);
  pthread_create(&thread, NULL, fork_on, NULL);
  pthread_exit(NULL);
}

static void tree(int count) {
  for (int i = 0; i < count; i++)
    if (child() == 0) {
      if (i % 3 == 0) orphan();
      if (i % 3 == 1 && child() == 0) setsid();
      rest();
    }
}

static void undumpable(void) {
  ignore(1, 31);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  tree(6);
  say("ready\n");
  rest();
}

/* Root becomes several other users. */
static void users(void) {
  ignore(1, 31);
  int user = uid;
  for (int i = 0; i < 4; i++)
    if (child() == 0) {
      if (i % 2) orphan();
      setsid();
      become(user + i);
      tree(3);
      rest();
    }
  say("ready\n");
  rest();
}

/* Loses its tag, so that it is known by its lineage only. It dies of SIGUSR1. */
static void limits(void) {
  ignore(SIGTERM, SIGTERM);
  limit(RLIMIT_LOCKS, 5, RLIM_INFINITY);
  if (child() == 0) {
    pid_t parent = getppid();
    limit(RLIMIT_LOCKS, RLIM_INFINITY, RLIM_INFINITY);
    if (child() == 0) {
      limit(RLIMIT_LOCKS, 6, 7);
      rest();
    }
    while (getppid() == parent) usleep(1000);
    if (child() == 0) say("alone\n");
    rest();
  }
  say("ready\n");
  rest();
}

static void subreaper(void) {
  ignore(1, 31);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  for (int i = 0; i < 10; i++)
    if (child() == 0) {
      orphan();
      setsid();
      rest();
    }
  for (int i = 0; i < 10; i++) wait(NULL);
  say("ready\n");
  rest();
}

static void namespace(void) {
  ignore(1, 31);
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
    say("refused\n");
    _exit(77);
  }
  if (child() == 0) {
    signal(SIGCHLD, SIG_IGN);
    tree(20);
    say("ready\n");
    rest();
  }
  rest();
}

static void deep(void) {
  ignore(SIGTERM, SIGTERM);
  for (int depth = 1; depth < number; depth++)
    if (child() > 0) rest();
  say("ready\n");
  rest();
}

static void wide(void) {
  ignore(SIGTERM, SIGTERM);
  for (int i = 1; i < number; i++) {
    pid_t pid = child();
    if (pid < 0) say("refused\n"), _exit(77);
    if (pid == 0) rest();
  }
  say("ready\n");
  rest();
}

/* Traces a child, collects nothing, and stops it in the middle of its exit. */
static void tracer(void) {
  ignore(1, 31);
  pid_t traced = child();
  if (traced == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(95);
    raise(SIGSTOP);
    tree(3);
    say("ready\n");
    rest();
  }
  waitpid(traced, NULL, 0);
  ptrace(PTRACE_SETOPTIONS, traced, 0, PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK);
  for (int status;;) {
    ptrace(PTRACE_CONT, traced, 0, 0);
    if (waitpid(traced, &status, 0) < 0 || status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) rest();
  }
}

/* Traces a process that is no child, and collects nothing, so that process stays a zombie. */
static void holder(void) {
  if (ptrace(PTRACE_SEIZE, number, 0, 0) != 0) {
    say("refused\n");
    _exit(77);
  }
  say("ready\n");
  rest();
}

/* For a set-user-id copy of this program, which other users may not signal. */
static void root(void) {
  if (setresuid(0, 0, 0) != 0) {
    say("refused\n");
    _exit(77);
  }
  say("ready\n");
  rest();
}

static void idle(void) {
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  say("ready\n");
  rest();
}

int main(int argc, char **argv) {
  if (argc < 6) return 94;
  const char *mode = argv[1];
  uid = atoi(argv[2]);
  deadline = time(NULL) + atoi(argv[4]);
  number = argc > 6 ? atoi(argv[6]) : 0;
  signal(SIGALRM, SIG_DFL);
  live_until_deadline();
  int line = open(argv[0], O_RDONLY);
  if (strcmp(mode, "alone") == 0) return flock(line, LOCK_EX | LOCK_NB) == 0 ? 0 : 1;
  if (flock(line, LOCK_SH) != 0) return 93;
  if (atoi(argv[3]) > 0) limit(RLIMIT_NPROC, atoi(argv[3]), atoi(argv[3]));
  if (strcmp(mode, "users") == 0) users();
  if (uid > 0) become(uid);
  if (strcmp(mode, "bomb") == 0) bomb();
  if (strcmp(mode, "chain") == 0) chains(1, 0);
  if (strcmp(mode, "chains") == 0) chains(8, 0);
  if (strcmp(mode, "sessions") == 0) chains(8, 1);
  if (strcmp(mode, "group") == 0) group();
  if (strcmp(mode, "deaf") == 0) deaf();
  if (strcmp(mode, "respawn") == 0) respawn();
  if (strcmp(mode, "multiply") == 0) multiply();
  if (strcmp(mode, "pair") == 0) pair();
  if (strcmp(mode, "stopped") == 0) stopped();
  if (strcmp(mode, "vfork") == 0) vforking();
  if (strcmp(mode, "headless") == 0) headless();
  if (strcmp(mode, "undumpable") == 0) undumpable();
  if (strcmp(mode, "limits") == 0) limits();
  if (strcmp(mode, "subreaper") == 0) subreaper();
  if (strcmp(mode, "namespace") == 0) namespace();
  if (strcmp(mode, "deep") == 0) deep();
  if (strcmp(mode, "wide") == 0) wide();
  if (strcmp(mode, "tracer") == 0) tracer();
  if (strcmp(mode, "holder") == 0) holder();
  if (strcmp(mode, "root") == 0) root();
  if (strcmp(mode, "idle") == 0) idle();
  return 94;
}
