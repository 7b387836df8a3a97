/* shape LEDGER LEAD DEPTH WIDTH MIDDLE WAIT STAY CODE: forks WIDTH daemons, each below DEPTH middles.
   LEAD: the program itself begins 1 a session, 2 a process group, 0 neither; MIDDLE: the same for the
   first middle. WAIT: the parent of a middle waits for its end. Each daemon, an orphan by then or
   soon, writes "pid start-time stay" into the ledger; then it exits with CODE, or stays. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *ledger;
static int middle, waits, stay, code;

static void lead(int how) {
  if (how == 1) setsid();
  if (how == 2) setpgid(0, 0);
}

static void enter(void) {
  char text[1024], line[64];
  int fd = open("/proc/self/stat", O_RDONLY);
  int length = read(fd, text, sizeof text - 1);
  if (length <= 0) _exit(98);
  close(fd);
  text[length] = 0;
  char *at = strrchr(text, ')') + 2;
  for (int field = 3; field < 22; field++) at = strchr(at, ' ') + 1;
  length = snprintf(line, sizeof line, "%d %llu %d\n", getpid(), strtoull(at, NULL, 10), stay);
  fd = open(ledger, O_WRONLY | O_APPEND);
  if (write(fd, line, length) != length) _exit(97);
  close(fd);
}

static void down(int depth, int first) {
  if (depth < 0) {
    enter();
    if (!stay) _exit(code);
    alarm(600);
    for (;;) pause();
  }
  pid_t child = fork();
  if (child < 0) _exit(99);
  if (child == 0) {
    if (first) lead(middle);
    down(depth - 1, 0);
  }
  if (waits && depth > 0) waitpid(child, NULL, 0);
  if (!first) _exit(0);
}

int main(int argc, char **argv) {
  if (argc < 9) return 96;
  ledger = argv[1];
  lead(atoi(argv[2]));
  middle = atoi(argv[5]);
  waits = atoi(argv[6]);
  stay = atoi(argv[7]);
  code = atoi(argv[8]);
  for (int i = 0; i < atoi(argv[4]); i++) down(atoi(argv[3]), 1);
  return 0;
}
