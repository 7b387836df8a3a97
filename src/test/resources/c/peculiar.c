/* peculiar WHAT: does what a tracer might disturb, and says on its output what it has seen. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
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

static void *exit_with_3(void *barrier) {
  pthread_barrier_wait(barrier);
  syscall(SYS_exit, 3);
  return NULL;
}

/* codes N: the two threads of each of N children exit one by one, at the same time, with 5 and 3. */
static int codes(void) {
  for (int i = 0; i < atoi(argument); i++) {
    pid_t child = fork();
    if (child == 0) {
      pthread_barrier_t barrier;
      pthread_barrier_init(&barrier, NULL, 2);
      pthread_t made;
      check(pthread_create(&made, NULL, exit_with_3, &barrier) == 0, "pthread_create");
      pthread_barrier_wait(&barrier);
      syscall(SYS_exit, 5);
    }
    int code = code_of(child);
    printf("%d %d\n", (int)child, code);
  }
  return 0;
}

/* Clones a child without its own stack, so as fork does. */
static pid_t clone_with(unsigned long flags) { return syscall(SYS_clone, flags, 0, 0, 0, 0); }

static void ignore(int signal) { (void)signal; }

/* untraced: a child that is reported to no tracer, and that ends at once. */
static int untraced(void) {
  pid_t child = clone_with(CLONE_UNTRACED | SIGCHLD);
  if (child == 0) _exit(8);
  int status;
  while (waitpid(child, &status, __WALL) < 0) check(errno == EINTR, "waitpid");
  return WEXITSTATUS(status);
}

/* exitsignal: the end of a child raises another signal than SIGCHLD. */
static int exit_signal(void) {
  signal(SIGUSR1, ignore);
  pid_t child = clone_with(SIGUSR1);
  if (child == 0) _exit(8);
  int status;
  while (waitpid(child, &status, __WALL) < 0) check(errno == EINTR, "waitpid");
  return WEXITSTATUS(status);
}

/* input: there is something to read from a pipe that says so by SIGIO. */
static int input(void) {
  int ends[2];
  signal(SIGIO, ignore);
  check(pipe(ends) == 0 && fcntl(ends[0], F_SETOWN, getpid()) == 0, "pipe");
  check(fcntl(ends[0], F_SETSIG, SIGIO) == 0 && fcntl(ends[0], F_SETFL, O_ASYNC) == 0, "fcntl");
  check(write(ends[1], "x", 1) == 1, "write");
  return 0;
}

/* samepids: two children of one pid, one after the other; needs CAP_CHECKPOINT_RESTORE. */
static int same_pids(void) {
  pid_t pid = 0;
  for (int i = 0; i < 20; i++) {
    struct clone_args wanted = {.exit_signal = SIGCHLD};
    if (pid != 0) wanted.set_tid = (uintptr_t)&pid, wanted.set_tid_size = 1;
    pid_t child = syscall(SYS_clone3, &wanted, sizeof wanted);
    if (child == 0) _exit(20 + i);
    if (child < 0) return errno == EPERM ? 77 : 1;
    printf("%d %d\n", (int)child, code_of(child));
    pid = child;
  }
  return 0;
}

static sigjmp_buf behind;

static void jump(int signal) {
  (void)signal;
  siglongjmp(behind, 1);
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

static int fault(void);

/* faults N: N faults that a handler survives, and then one that it does not. */
static int faults(void) {
  volatile int i = 0;
  signal(SIGSEGV, jump);
  sigsetjmp(behind, 1);
  if (i++ < atoi(argument)) fault();
  signal(SIGSEGV, SIG_DFL);
  return fault();
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
    {"codes", codes},       {"untraced", untraced},     {"exitsignal", exit_signal},
    {"input", input},       {"samepids", same_pids},    {"faults", faults},
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
