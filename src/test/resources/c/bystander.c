/* A bystander and a victim that look alike: same name, same command line. With a directory in
   BYSTANDERS it is a bystander: creates PID.up, counts every signal that it gets, and when a file `ask`
   exists, writes PID.told (nothing, or lines of number, count, sender) and exits. Without, it is a
   victim, which ignores every signal that it can. DETACHED=1 forks twice, into its own session. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t counts[65];
static volatile sig_atomic_t senders[65];

static void count(int number, siginfo_t *info, void *context) {
  (void)context;
  counts[number]++;
  senders[number] = info->si_pid;
}

static void path(char *buffer, size_t size, const char *directory, const char *kind) {
  snprintf(buffer, size, "%s/%d.%s", directory, getpid(), kind);
}

/* Writes and renames it, so that the file is complete once it has its name. */
static int say(const char *directory, const char *kind) {
  char part[4096], whole[4096];
  path(part, sizeof part, directory, "part");
  path(whole, sizeof whole, directory, kind);
  FILE *file = fopen(part, "w");
  if (!file) return 1;
  for (int i = 1; i <= 64; i++)
    if (counts[i]) fprintf(file, "signal %d, %d times, from %d\n", i, counts[i], senders[i]);
  fclose(file);
  return rename(part, whole);
}

int main(void) {
  const char *directory = getenv("BYSTANDERS");
  if (getenv("DETACHED")) {
    if (fork()) return 0;
    setsid();
    if (fork()) return 0;
  }
  for (int i = 1; i <= 64; i++) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = count;
    if (!directory) {
      action.sa_flags = 0;
      action.sa_handler = SIG_IGN;
    }
    sigaction(i, &action, NULL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  char ask[4096];
  snprintf(ask, sizeof ask, "%s/ask", directory ? directory : "/nowhere");
  if (directory && say(directory, "up")) return 1;
  time_t deadline = time(NULL) + 300;
  while (access(ask, F_OK) != 0) {
    if (time(NULL) > deadline) return 2;
    usleep(5000);
  }
  return say(directory, "told");
}
