/*
 * A daemon that keeps every convention of daemon(7) but those that its arguments name:
 *   homemade DIRECTORY [fault...]
 * It writes DIRECTORY/pid and listens on DIRECTORY/socket.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char **faults;
static char path[200];

static int has(const char *fault) {
  for (char **one = faults; *one; one++)
    if (!strcmp(*one, fault)) return 1;
  return 0;
}

static const char *in(const char *directory, const char *name) {
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return path;
}

static void write_pid(const char *directory, int pid) {
  FILE *file = fopen(in(directory, "pid"), "w");
  if (!file || fprintf(file, "%d\n", pid) < 0) abort();
  if (has("more in the pid file") && fputs("/var/lib/\xff\n1234567890\n", file) < 0) abort();
  if (fclose(file)) abort();
}

static void serve(const char *directory) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int sock = socket(AF_UNIX, SOCK_STREAM, 0);
  strncpy(address.sun_path, in(directory, "socket"), sizeof address.sun_path - 1);
  if (bind(sock, (struct sockaddr *)&address, sizeof address) || listen(sock, 1)) abort();
}

/* Waits until the test opens the FIFO for writing. */
static void await_go(const char *directory) {
  if (close(open(in(directory, "go"), O_RDONLY))) abort();
}

static void close_all(void) {
  DIR *fds = opendir("/proc/self/fd");
  for (struct dirent *entry; (entry = readdir(fds));) {
    int fd = atoi(entry->d_name);
    if (fd > 2 && fd != dirfd(fds)) close(fd);
  }
  closedir(fds);
}

/* Opens a terminal, without O_NOCTTY, until it is the controlling one: its session may still have another leader. */
static void take(const char *terminal) {
  while (open("/dev/tty", O_RDWR) < 0)
    if (open(terminal, O_RDWR) < 0) abort();
    else usleep(1000);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  const char *directory = argv[1];
  char terminal[100] = "";
  int ready[2];
  char byte = 0;
  faults = argv + 2;
  if (has("foreground")) {
    serve(directory);
    write_pid(directory, getpid());
    for (;;) pause();
  }
  if (has("terminal") && ttyname_r(0, terminal, sizeof terminal)) abort();
  if (!has("descriptors")) close_all();
  if (pipe(ready) || mkfifo(in(directory, "go"), 0600)) abort();
  if (!has("dispositions"))
    for (int sig = 1; sig < _NSIG; sig++) signal(sig, SIG_DFL);
  if (has("hang-up ignored")) signal(SIGHUP, SIG_IGN);
  if (!has("mask")) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
  }
  if (fork()) {
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1) return 1;
    return has("status") ? 3 : 0;
  }
  if (!has("session")) setsid();
  if (!has("leader")) {
    int pid = fork();
    if (pid) {
      if (has("wrong pid file")) {
        write_pid(directory, getpid());
        waitpid(pid, NULL, WNOHANG);
      }
      _exit(0);
    }
  }
  close(ready[0]);
  if (has("umask added")) umask(umask(0) | 027);
  else if (!has("umask")) umask(0);
  if (!has("directory") && chdir("/")) abort();
  if (!has("streams")) {
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    close(null);
  }
  if (has("closed streams"))
    for (int fd = 0; fd < 3; fd++) close(fd);
  if (has("stderr to a log")) dup2(open(in(directory, "log"), O_WRONLY | O_CREAT, 0600), 2);
  if (has("stderr closed before the socket")) close(2);
  if (has("late")) {
    if (write(ready[1], &byte, 1) != 1) abort();
    close(ready[1]);
    await_go(directory);
  }
  serve(directory);
  if (has("stderr closed")) close(2);
  if (!has("wrong pid file") && !has("no pid file")) write_pid(directory, getpid());
  if (!has("late")) {
    if (write(ready[1], &byte, 1) != 1) abort();
    close(ready[1]);
  }
  if (has("terminal")) take(terminal);
  for (;;) pause();
}
