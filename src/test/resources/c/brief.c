/*
 * brief LEDGER COUNT LIFETIME_MS GAP_MS: forks processes one after the other, collects each as soon
 * as it ends, writes the ledger, and sleeps. A line of the ledger: pid, the time just before the
 * end in microseconds of the wall clock, the exit code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct life {
  long pid, end, code;
};

static long micros(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static void sleep_ms(long ms) {
  long until = micros(CLOCK_MONOTONIC) + ms * 1000;
  for (long left = ms * 1000; left > 0; left = until - micros(CLOCK_MONOTONIC))
    usleep(left);
}

int main(int count, char **arguments) {
  if (count < 5) return 2;
  int lives = atoi(arguments[2]);
  long lifetime = atol(arguments[3]), gap = atol(arguments[4]) * 1000;
  struct life *all = mmap(0, (lives + 1) * sizeof *all, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int begun = 0, ended = 0;
  long due = micros(CLOCK_MONOTONIC);
  while (ended < lives) {
    if (begun < lives && micros(CLOCK_MONOTONIC) >= due) {
      struct life *life = &all[begun];
      life->code = 1 + begun % 250;
      pid_t pid = fork();
      if (pid < 0) return 3;
      if (pid == 0) {
        sleep_ms(lifetime);
        life->end = micros(CLOCK_REALTIME);
        _exit(life->code);
      }
      life->pid = pid;
      begun++;
      due += gap;
    }
    while (waitpid(-1, 0, WNOHANG) > 0) ended++;
    usleep(500);
  }
  char part[4096];
  snprintf(part, sizeof part, "%s.part", arguments[1]);
  FILE *ledger = fopen(part, "w");
  if (!ledger) return 4;
  for (int i = 0; i < lives; i++)
    fprintf(ledger, "%ld %ld %ld\n", all[i].pid, all[i].end, all[i].code);
  if (fclose(ledger) || rename(part, arguments[1])) return 5;
  for (;;) pause();
}
