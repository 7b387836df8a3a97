/* chaos LEDGER TREE: becomes the tree of processes that the text describes, and writes its ledger, each
   line with one write(2) to the end of the file. A process is named by its path in the tree: the first
   is 0, its second child 0.1.

   The body of a process is a row of letters, some with a number:
     s setsid       g its own process group           d stdio to /dev/null, directory /
     i ignores TERM, INT, HUP, QUIT   tN on TERM: exits with N      a ignores SIGCHLD    m subreaper
     x execs itself     q continues in a second thread, and the first one ends
     (body) forks       h(body) forks in a thread that ends      v(body) vfork and exec
     c(body) a sibling, by CLONE_PARENT     bN(body) N in a row
     wI reaps child I   W reaps all             KI kills child I     G kills its own process group
     uN computes for N microseconds             zN sleeps for N microseconds
     eN exits with N    kN dies by signal N     p stays     o stops itself, stays
     y stays until the end of stdin, Y until TERM; both count the signals that they get
   Lines of the ledger:
     b PATH PID START   born; START as in /proc/PID/stat
     p PATH             stays from now on
     e PATH E|S N       about to exit with N, or to die by signal N
     w PATH             its parent is about to reap it
     r PATH STATUS      its parent has reaped it
     k PATH             about to be killed by its parent
     G PATH             is about to kill its process group
     y PATH N           has got N signals
     F PATH ERRNO       could not be forked
*/
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE = 600, MOST_CHILDREN = 512 };

static char program[4096];
static char *ledger_path;
static char *text;
static char path[256];
static int ledger;
static pid_t children[MOST_CHILDREN];
static int count;
static volatile pid_t owner; /* of the farewell */
static char farewell[300];
static int farewell_code;
static volatile sig_atomic_t signals;
static int reaps_by_itself;

static void run(const char *at);

static void event(const char *format, ...) {
  char line[400];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (write(ledger, line, length) != length) _exit(121);
}

static void born(void) {
  char stat[1024];
  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  ssize_t length = read(fd, stat, sizeof stat - 1);
  if (length <= 0) _exit(122);
  close(fd);
  stat[length] = 0;
  char *field = strrchr(stat, ')') + 1;
  for (int number = 3; number <= 22; number++) field = strchr(field, ' ') + 1;
  event("b %s %d %llu\n", path, getpid(), strtoull(field, NULL, 10));
}

static void on_term(int signal) {
  (void)signal;
  if (getpid() == owner && write(ledger, farewell, strlen(farewell)) < 0) _exit(121);
  _exit(farewell_code);
}

static void on_any(int signal) {
  (void)signal;
  signals++;
}

/* In a new process, before anything else. */
static void become(const char *name) {
  memmove(path, name, strlen(name) + 1);
  count = 0;
  reaps_by_itself = 0;
  signal(SIGCHLD, SIG_DFL);
  struct sigaction term;
  sigaction(SIGTERM, NULL, &term);
  if (term.sa_handler == on_term) signal(SIGTERM, SIG_DFL);
  alarm(DEADLINE);
  born();
}

static long number(const char **at) {
  long value = 0;
  while (**at >= '0' && **at <= '9') value = value * 10 + (*(*at)++ - '0');
  return value;
}

/* From behind an opening bracket to behind the one that closes it. */
static const char *skip(const char *at) {
  for (int depth = 1; depth > 0; at++) {
    if (*at == '(') depth++;
    if (*at == ')') depth--;
  }
  return at;
}

static void exec_self(const char *at, const char *name, const char *how) {
  char offset[16];
  snprintf(offset, sizeof offset, "%d", (int)(at - text));
  char *arguments[] = {"chaos", ledger_path, text, offset, (char *)name, (char *)how, NULL};
  execv(program, arguments);
  _exit(123);
}

struct job {
  const char *body;
  const char *name;
  pid_t pid;
};

static pid_t fork_into(const char *body, const char *name) {
  pid_t pid = fork();
  if (pid == 0) {
    become(name);
    run(body);
  }
  return pid;
}

static void *fork_in_thread(void *argument) {
  struct job *job = argument;
  job->pid = fork_into(job->body, job->name);
  return NULL;
}

static const char *spawn(char kind, const char *body) {
  char name[sizeof path + 16];
  snprintf(name, sizeof name, "%s.%d", path, count);
  pid_t pid = -1;
  if (kind == 'h') {
    struct job job = {body, name, -1};
    pthread_t thread;
    if (pthread_create(&thread, NULL, fork_in_thread, &job) == 0) pthread_join(thread, NULL);
    pid = job.pid;
  } else if (kind == 'v') {
    pid = vfork();
    if (pid == 0) exec_self(body, name, "born");
  } else if (kind == 'c') {
    pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
      become(name);
      run(body);
    }
  } else {
    pid = fork_into(body, name);
  }
  if (pid < 0) event("F %s %d\n", name, errno);
  if (count == MOST_CHILDREN) _exit(124);
  children[count++] = kind == 'c' || pid < 0 ? 0 : pid; /* a sibling is not ours to wait for */
  return skip(body);
}

static void reap(long index) {
  if (index >= count || children[index] == 0) return;
  event("w %s.%ld\n", path, index);
  int status;
  pid_t reaped;
  do reaped = waitpid(children[index], &status, 0);
  while (reaped < 0 && errno == EINTR);
  if (reaped > 0) event("r %s.%ld %d\n", path, index, status);
  children[index] = 0;
}

static void spin(long micros) {
  struct timespec now, start;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do clock_gettime(CLOCK_MONOTONIC, &now);
  while ((now.tv_sec - start.tv_sec) * 1000000L + (now.tv_nsec - start.tv_nsec) / 1000 < micros);
}

static void doze(long micros) {
  struct timespec time = {micros / 1000000, micros % 1000000 * 1000};
  while (nanosleep(&time, &time) < 0 && errno == EINTR) {}
}

static void die_by(int signal_number) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(signal_number, SIG_DFL);
  sigset_t all; /* a JVM blocks QUIT in its children */
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, NULL);
  event("e %s S %d\n", path, signal_number);
  kill(getpid(), signal_number);
  for (;;) pause();
}

static void stand_by(int until_eof) {
  alarm(0);
  for (int number = 1; number <= 64; number++) {
    /* SIGCONT follows the stop signal, so it does not count */
    if (until_eof || (number != SIGTERM && number != SIGCONT)) signal(number, on_any);
  }
  if (!until_eof) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    event("p %s\n", path);
    struct timespec longest = {3600, 0};
    while (sigtimedwait(&term, NULL, &longest) < 0 && errno == EINTR) {}
  } else {
    event("p %s\n", path);
    char byte;
    ssize_t got;
    do got = read(0, &byte, 1);
    while (got > 0 || (got < 0 && errno == EINTR));
  }
  event("y %s %d\n", path, (int)signals);
  event("e %s E 0\n", path);
  _exit(0);
}

static void *run_in_thread(void *at) {
  run(at);
  return NULL;
}

static void run(const char *at) {
  for (;;) {
    char op = *at++;
    long n = number(&at);
    switch (op) {
      case 's': setsid(); break;
      case 'g': setpgid(0, 0); break;
      case 'd':
        for (int fd = 0; fd < 3; fd++) {
          int null = open("/dev/null", O_RDWR | O_CLOEXEC);
          dup2(null, fd);
          close(null);
        }
        if (chdir("/") < 0) _exit(125);
        break;
      case 'i':
        signal(SIGTERM, SIG_IGN);
        signal(SIGINT, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        signal(SIGQUIT, SIG_IGN);
        break;
      case 't':
        snprintf(farewell, sizeof farewell, "e %s E %ld\n", path, n);
        farewell_code = n;
        owner = getpid();
        signal(SIGTERM, on_term);
        break;
      case 'a':
        signal(SIGCHLD, SIG_IGN);
        reaps_by_itself = 1;
        break;
      case 'm': prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); break;
      case 'x': exec_self(at, path, "again"); break;
      case 'q': {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_in_thread, (void *)at) != 0) _exit(126);
        syscall(SYS_exit, 0); /* pthread_exit(3) would load a library while the other one forks */
        break;
      }
      case '(': at = spawn(op, at); break;
      case 'h': case 'v': case 'c': at = spawn(op, at + 1); break;
      case 'b':
        for (long i = 0; i < n; i++) spawn('(', at + 1);
        at = skip(at + 1);
        break;
      case 'w': reap(n); break;
      case 'W':
        for (int i = 0; i < count; i++) reap(i);
        break;
      case 'K':
        if (n < count && children[n] > 0 && !reaps_by_itself) { /* unreaped: still that very child */
          event("k %s.%ld\n", path, n);
          kill(children[n], SIGKILL);
        }
        break;
      case 'G':
        if (getpgrp() == getpid()) {
          event("G %s\n", path);
          kill(0, SIGKILL);
        }
        die_by(SIGKILL);
        break;
      case 'u': spin(n); break;
      case 'z': doze(n); break;
      case 'e':
        event("e %s E %ld\n", path, n);
        _exit(n);
      case 'k': die_by(n); break;
      case 'o': case 'p':
        event("p %s\n", path);
        if (op == 'o') kill(getpid(), SIGSTOP);
        for (;;) pause();
      case 'y': case 'Y': stand_by(op == 'y'); break;
      default: _exit(127);
    }
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 120;
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length < 0) return 120;
  program[length] = 0;
  ledger_path = argv[1];
  text = argv[2];
  ledger = open(ledger_path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (ledger < 0) return 120;
  if (argc < 6) {
    become("0");
    run(text);
  }
  if (strcmp(argv[5], "born") == 0) {
    become(argv[4]);
  } else {
    memmove(path, argv[4], strlen(argv[4]) + 1);
    alarm(DEADLINE);
  }
  run(text + atoi(argv[3]));
}
