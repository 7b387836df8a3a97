/*
 * sensord DIRECTORY SENSOR
 *
 * Reads SENSOR once and sends the value to each client of DIRECTORY/socket. Without -DFIXED it is
 * the first draft, with three mistakes.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char pid_file[120], socket_file[100];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void on_term(int sig) {
  (void)sig;
  unlink(pid_file);
  unlink(socket_file);
  _exit(0);
}

/* A daemon blocks and ignores no signal, whatever its launcher did. */
static void reset_signals(void) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int sig = 1; sig < _NSIG; sig++) signal(sig, SIG_DFL);
  signal(SIGTERM, on_term);
}

static void write_pid_file(void) {
  FILE *file = fopen(pid_file, "w");
  if (!file || fprintf(file, "%d\n", getpid()) < 0 || fclose(file)) die(pid_file);
}

static void detach_streams(void) {
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++)
    if (dup2(null, fd) < 0) die("/dev/null");
  if (null > 2) close(null);
}

static void read_sensor(const char *sensor, char *value, int size) {
  FILE *file = fopen(sensor, "r");
  if (!file || !fgets(value, size, file)) die(sensor);
  fclose(file);
}

static int listen_on(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int sock = socket(AF_UNIX, SOCK_STREAM, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (bind(sock, (struct sockaddr *)&address, sizeof address) || listen(sock, 5)) die(path);
  return sock;
}

static void serve(int sock, const char *value) {
  for (;;) {
    int client = accept(sock, NULL, NULL);
    if (client < 0) continue;
    send(client, value, strlen(value), MSG_NOSIGNAL);
    close(client);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  snprintf(pid_file, sizeof pid_file, "%s/sensord.pid", argv[1]);
  snprintf(socket_file, sizeof socket_file, "%s/socket", argv[1]);

#ifdef FIXED
  for (long fd = sysconf(_SC_OPEN_MAX) < 4096 ? sysconf(_SC_OPEN_MAX) : 4096; --fd > 2;) close(fd);
  int ready[2];
  if (pipe(ready)) die("pipe");
#endif /* else the first mistake: it keeps descriptors that were open at its start */

  int pid = fork();
  if (pid < 0) die("fork");
  if (pid) {
#ifdef FIXED
    char byte;
    close(ready[1]);
    return read(ready[0], &byte, 1) == 1 ? 0 : 1;
#else
    return 0; /* the second: it reports success before the daemon is ready */
#endif
  }
  setsid();
#ifndef FIXED
  write_pid_file(); /* the third: this process ends in a moment; its child is the daemon */
#endif
  if (fork()) _exit(0);

  reset_signals();
  umask(022);
  char value[100];
  read_sensor(argv[2], value, sizeof value);
  int sock = listen_on(socket_file);
  if (chdir("/")) die("/");
  detach_streams();
#ifdef FIXED
  write_pid_file();
  if (write(ready[1], "", 1) != 1) die("launcher");
  close(ready[0]);
  close(ready[1]);
#endif
  serve(sock, value);
}
