/*
 * The daemon of the cookbook, which does all that its rows ask for:
 *   exemplary DIRECTORY [word...]
 * It locks and writes DIRECTORY/pid, logs to DIRECTORY/log, listens on DIRECTORY/socket, keeps
 * DIRECTORY/secret open, and has two workers. Words change that:
 *   tcp     listens on a port of the loopback address instead
 *   full    logs to a full disk
 *   nobody  becomes another user
 *   alone   has no workers
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 2, POOL = 8 };

static char **words;
static const char *directory;
static char program[PATH_MAX];
static int pid_file, log_file, secret;
static pid_t workers[WORKERS];
static volatile sig_atomic_t terminate, reload, reopen;

static int has(const char *word) {
  for (char **one = words; *one; one++)
    if (!strcmp(*one, word)) return 1;
  return 0;
}

static const char *in(const char *name) {
  static char path[200];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return path;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void say(const char *line) {
  if (dprintf(log_file, "%s\n", line) < 0) die("log");
}

static void open_log(void) {
  log_file = open(has("full") ? "/dev/full" : in("log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                  0600);
  if (log_file < 0) die("log");
}

static void on_signal(int sig) {
  if (sig == SIGTERM) terminate = 1;
  if (sig == SIGHUP) reload = 1;
  if (sig == SIGUSR1) reopen = 1;
}

static int work(void) {
  sigset_t mask, none;
  sigemptyset(&none);
  sigemptyset(&mask);
  sigaddset(&mask, SIGTERM);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  signal(SIGTERM, on_signal);
  if (getppid() != atoi(words[0])) return 1;
  while (!terminate) sigsuspend(&none);
  open_log();
  say("job done");
  return 0;
}

static pid_t start_worker(void) {
  static char parent[20];
  snprintf(parent, sizeof parent, "%d", getpid());
  pid_t pid = fork();
  if (pid) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_DFL);
  unsetenv("SECRET");
  execl(program, "worker", directory, parent, NULL);
  _exit(127);
}

static void look_after_workers(void) {
  pid_t ended;
  while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
    for (int i = 0; i < WORKERS; i++)
      if (workers[i] == ended) workers[i] = terminate ? 0 : start_worker();
}

static void close_inherited(void) {
  for (int fd = 3; fd < 1024; fd++) close(fd);
}

static void lock_pid_file(void) {
  pid_file = open(in("pid"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (pid_file < 0) die("pid file");
  if (flock(pid_file, LOCK_EX | LOCK_NB)) {
    fprintf(stderr, "already running\n");
    exit(1);
  }
}

/* Opens what it needs under load at the start, so that a low limit makes the start fail. */
static void reserve_descriptors(void) {
  for (int i = 0; i < POOL; i++)
    if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0) die("descriptors");
}

static void serve(void) {
  struct sockaddr_un local = {.sun_family = AF_UNIX};
  struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int sock = socket(has("tcp") ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  strncpy(local.sun_path, in("socket"), sizeof local.sun_path - 1);
  if (has("tcp") ? bind(sock, (struct sockaddr *)&tcp, sizeof tcp)
                 : bind(sock, (struct sockaddr *)&local, sizeof local))
    die("bind");
  if (listen(sock, 5)) die("listen");
}

static void handle_signals(sigset_t *none) {
  int handled[] = {SIGTERM, SIGHUP, SIGUSR1, SIGCHLD};
  sigset_t mask;
  sigemptyset(none);
  sigemptyset(&mask);
  for (int sig = 1; sig < _NSIG; sig++) signal(sig, SIG_DFL);
  for (unsigned i = 0; i < sizeof handled / sizeof *handled; i++) {
    sigaddset(&mask, handled[i]);
    signal(handled[i], on_signal);
  }
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void detach(int ready[2]) {
  char byte;
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid) {
    close(ready[1]);
    exit(read(ready[0], &byte, 1) == 1 ? 0 : 1);
  }
  setsid();
  if (fork()) _exit(0);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  if (chdir("/")) die("/");
  umask(077);
}

static void stop(void) {
  for (int i = 0; i < WORKERS; i++)
    if (workers[i] > 0) kill(workers[i], SIGTERM);
  while (wait(NULL) > 0 || errno == EINTR) {
  }
  unlink(in("socket"));
  unlink(in("pid"));
  exit(0);
}

int main(int argc, char **argv) {
  int ready[2];
  sigset_t none;
  if (argc < 2) return 2;
  directory = argv[1];
  words = argv + 2;
  if (!strcmp(argv[0], "worker")) return work();
  if (!realpath("/proc/self/exe", program)) die("/proc");

  close_inherited();
  lock_pid_file();
  open_log();
  secret = open(in("secret"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  reserve_descriptors();
  say("starting");
  if (pipe2(ready, O_CLOEXEC)) die("pipe");
  handle_signals(&none);
  detach(ready);
  serve();
  if (has("nobody") && (setgid(65534) || setuid(65534))) die("nobody");
  for (int i = 0; i < WORKERS && !has("alone"); i++) workers[i] = start_worker();
  if (ftruncate(pid_file, 0) || dprintf(pid_file, "%d\n", getpid()) < 0) die("pid file");
  say("ready to serve");
  if (write(ready[1], "", 1) != 1) die("launcher");
  close(ready[0]);
  close(ready[1]);

  for (;;) {
    sigsuspend(&none);
    if (reopen) {
      close(log_file);
      open_log();
      say("log reopened");
    }
    if (reload) say("reloaded");
    reload = reopen = 0;
    if (terminate) stop();
    look_after_workers();
  }
}
