/* peculiar WHAT: does what a tracer might disturb, and says on its output what it has seen. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static char *argument;

static void check(int ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(100);
  }
}

static void *nothing(void *unused) { return unused; }

static void *wait_for_ever(void *unused) {
  for (;;) pause();
  return unused;
}

static pthread_t thread(void *(*run)(void *)) {
  pthread_t made;
  check(pthread_create(&made, NULL, run, NULL) == 0, "pthread_create");
  return made;
}

/* Returns the code with which a child has exited. */
static int code_of(pid_t child) {
  int status;
  check(waitpid(child, &status, 0) == child, "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

/* storm N: N short-lived threads, at most 20 at the same time. */
static int storm(void) {
  int count = atoi(argument), joined = 0;
  while (joined < count) {
    pthread_t batch[20];
    for (int i = 0; i < 20; i++) batch[i] = thread(nothing);
    for (int i = 0; i < 20; i++) joined += pthread_join(batch[i], NULL) == 0;
  }
  printf("%d threads\n", joined);
  return 3;
}

static void *exec(void *unused) {
  execlp("sh", "sh", "-c", "echo I am still $$; exit 4", NULL);
  return unused;
}

/* exec: another thread than the first calls exec. */
static int exec_of_thread(void) {
  printf("I am %d\n", (int)getpid());
  for (int i = 0; i < 3; i++) thread(wait_for_ever);
  thread(exec);
  wait_for_ever(NULL);
  return 1;
}

static void *exec_as_last(void *first) {
  check(pthread_join(*(pthread_t *)first, NULL) == 0, "pthread_join");
  return exec(NULL);
}

/* lastexec: the same, and the first thread has ended. */
static int exec_of_last_thread(void) {
  static pthread_t first;
  printf("I am %d\n", (int)getpid());
  first = pthread_self();
  pthread_t made;
  check(pthread_create(&made, NULL, exec_as_last, &first) == 0, "pthread_create");
  pthread_exit(NULL);
}

static int by_vfork(void) {
  pid_t child = vfork();
  if (child == 0) {
    execlp("sh", "sh", "-c", "exit 11", NULL);
    _exit(127);
  }
  printf("%d\n", code_of(child));
  child = vfork();
  if (child == 0) _exit(12);
  printf("%d\n", code_of(child));
  return 2;
}

static int by_posix_spawn(void) {
  char *command[] = {"sh", "-c", "exit 13", NULL};
  pid_t child;
  check(posix_spawnp(&child, "sh", NULL, NULL, command, environ) == 0, "posix_spawnp");
  printf("%d\n", code_of(child));
  return posix_spawnp(&child, "/no/such", NULL, NULL, command, environ);
}

/* A child that is its parent's brother. */
static int by_clone_parent(void) {
  pid_t first = fork();
  if (first == 0) {
    if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) _exit(14);
    _exit(15);
  }
  int codes = code_of(first);
  int status;
  check(wait(&status) > 0, "wait");
  printf("%d %d\n", codes, WEXITSTATUS(status));
  return 0;
}

static void *fork_and_exit(void *first) {
  check(pthread_join(*(pthread_t *)first, NULL) == 0, "pthread_join");
  pid_t child = fork();
  if (child == 0) _exit(16);
  printf("%d\n", code_of(child));
  exit(6);
}

/* firstends: the first thread ends before another one, which forks and then ends the process. */
static int first_ends(void) {
  static pthread_t first;
  first = pthread_self();
  pthread_t made;
  check(pthread_create(&made, NULL, fork_and_exit, &first) == 0, "pthread_create");
  pthread_exit(NULL);
}

static void *say_ready(void *first) {
  check(pthread_join(*(pthread_t *)first, NULL) == 0, "pthread_join");
  printf("ready\n");
  return wait_for_ever(NULL);
}

/* others: four threads wait, and the first one has ended. */
static int others(void) {
  static pthread_t first;
  for (int i = 0; i < 3; i++) thread(wait_for_ever);
  first = pthread_self();
  pthread_t made;
  check(pthread_create(&made, NULL, say_ready, &first) == 0, "pthread_create");
  pthread_exit(NULL);
}

/* all: four threads wait. */
static int all(void) {
  for (int i = 0; i < 3; i++) thread(wait_for_ever);
  printf("ready\n");
  wait_for_ever(NULL);
  return 1;
}

/* lastthread: each thread ends by itself, and none ends the process. */
static int last_thread(void) {
  for (int i = 0; i < 3; i++) thread(nothing);
  pthread_exit(NULL);
}

/* races N [hide]: children whose threads end by themselves are killed meanwhile; /proc may hide
   them and their parent. */
static int races(void) {
  int count = atoi(argument);
  for (int i = 0; i < count; i++) {
    pid_t child = fork();
    if (child == 0) last_thread();
    struct timespec moment = {.tv_nsec = i % 64 * 20000L};
    nanosleep(&moment, NULL);
    kill(child, SIGKILL);
    int status;
    check(waitpid(child, &status, 0) == child, "waitpid");
    printf("%d %d\n", (int)child, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
  }
  return 0;
}

/* strict: no system calls but read, write and exit. */
static int strict(void) {
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
    printf("refused\n");
    return 0;
  }
  syscall(SYS_write, 1, "strict\n", 7);
  if (strcmp(argument, "break") == 0) syscall(SYS_getpid);
  syscall(SYS_exit, 5);
  return 1;
}

/* undumpable: /proc shows most of it to root only. */
static int undumpable(void) {
  check(prctl(PR_SET_DUMPABLE, 0) == 0, "prctl");
  pid_t child = fork();
  if (child == 0) _exit(17);
  printf("%d\n", code_of(child));
  child = fork();
  if (child == 0) {
    execlp("sh", "sh", "-c", "exit 18", NULL);
    _exit(127);
  }
  printf("%d\n", code_of(child));
  kill(getpid(), SIGTERM);
  return 1;
}

static volatile sig_atomic_t got, in_order = 1;

static void next(int signal, siginfo_t *info, void *unused) {
  (void)signal, (void)unused;
  in_order = in_order && info->si_value.sival_int == got && info->si_code == SI_QUEUE;
  got++;
}

/* queue N: a child queues N real-time signals with values. */
static int queue(void) {
  int count = atoi(argument);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGRTMIN + 3);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  struct sigaction action = {.sa_sigaction = next, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGRTMIN + 3, &action, NULL);
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < count; i++) {
      union sigval value = {.sival_int = i};
      while (sigqueue(getppid(), SIGRTMIN + 3, value) != 0) {
        if (errno != EAGAIN) _exit(1);
        sched_yield();
      }
    }
    _exit(0);
  }
  if (strcmp(argument + strlen(argument) - 1, "+") == 0) {
    printf("%d\n", code_of(child)); /* all are pending at once */
    sigprocmask(SIG_SETMASK, &before, NULL);
  } else {
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("%d\n", code_of(child));
  }
  printf("%d %s\n", (int)got, in_order ? "in order" : "in disorder");
  return 0;
}

/* taken: signals that are blocked, taken by sigwaitinfo, and so delivered to no handler. */
static int taken(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  pid_t child = fork();
  if (child == 0) {
    kill(getppid(), SIGUSR1);
    _exit(0);
  }
  siginfo_t info;
  int signal;
  while ((signal = sigwaitinfo(&set, &info)) < 0) check(errno == EINTR, "sigwaitinfo");
  printf("%d from my child: %d\n", signal == SIGUSR1, info.si_pid == child);
  return code_of(child);
}

static int fault(void) {
  volatile int *volatile nowhere = NULL;
  *nowhere = 1;
  return 1;
}

/* caught: a fault whose handler exits. */
static void on_fault(int signal) { _exit(signal); }

static int caught(void) {
  signal(SIGSEGV, on_fault);
  return fault();
}

/* busy N: ends while N younger processes stop for a signal again and again. */
static int busy(void) {
  int begun[2];
  char byte;
  check(pipe(begun) == 0, "pipe");
  for (int i = 0; i < atoi(argument); i++) {
    pid_t pid = fork();
    check(pid >= 0, "fork");
    if (pid == 0) {
      raise(SIGURG);
      check(write(begun[1], "b", 1) == 1, "write");
      for (;;) raise(SIGURG);
    }
    check(read(begun[0], &byte, 1) == 1, "read");
  }
  return 7;
}

/* ids: real and effective user id. */
static int ids(void) {
  printf("%d %d\n", (int)getuid(), (int)geteuid());
  return 0;
}

static const struct {
  const char *name;
  int (*run)(void);
} MODES[] = {
    {"storm", storm},       {"exec", exec_of_thread},   {"lastexec", exec_of_last_thread},
    {"vfork", by_vfork},    {"spawn", by_posix_spawn},  {"cloneparent", by_clone_parent},
    {"others", others},     {"firstends", first_ends},  {"lastthread", last_thread},
    {"races", races},       {"busy", busy},
    {"all", all},           {"strict", strict},         {"undumpable", undumpable},
    {"queue", queue},       {"taken", taken},           {"fault", fault},
    {"caught", caught},     {"abort", (int (*)(void))abort}, {"ids", ids},
};

int main(int argc, char **argv) {
  argument = argc > 2 ? argv[2] : "";
  if (argc > 3) check(prctl(PR_SET_DUMPABLE, 0) == 0, "prctl");
  setlinebuf(stdout);
  for (size_t i = 0; argc > 1 && i < sizeof MODES / sizeof *MODES; i++) {
    if (strcmp(argv[1], MODES[i].name) == 0) return MODES[i].run();
  }
  return 99;
}
