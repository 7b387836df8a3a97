/* autoreap plain|auto|autokill N: clones N children that lead sessions and wait for a signal, prints their pids,
   and ends; with autokill it waits for its standard input's end first. With auto they leave no zombie
   (CLONE_AUTOREAP, Linux 7.1), with autokill they are killed with this process, too (CLONE_PIDFD_AUTOKILL).
   A child exits with 42 on SIGUSR2. Exits with 38 where the kernel does not know the flags.

   autoreap heir: answers lines of its standard input.
   end PID: ends the process: "ended"
   take PID: a bystander gets the pid once that is free: "taken", or "refused"
   ask: ends the bystander: "clean", or "hit" if it got SIGUSR1 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define AUTOREAP (1ULL << 34)
#define NO_NEW_PRIVILEGES (1ULL << 35)
#define AUTOKILL (1ULL << 36)
#define PIDFD 0x1000

struct arguments {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static void on_usr2(int number) {
  (void)number;
  _exit(42);
}

static int children(const char *mode, int count) {
  signal(SIGUSR2, on_usr2);
  for (int i = 0; i < count; i++) {
    int fd = -1;
    struct arguments clone = {.flags = PIDFD, .pidfd = (uint64_t)(uintptr_t)&fd};
    if (!strcmp(mode, "plain")) clone.exit_signal = SIGCHLD;
    else clone.flags |= AUTOREAP;
    if (!strcmp(mode, "autokill")) clone.flags |= AUTOKILL | NO_NEW_PRIVILEGES;
    long pid = syscall(SYS_clone3, &clone, sizeof clone);
    if (pid < 0) return errno == EINVAL ? 38 : 1;
    if (pid == 0) {
      setsid();
      for (;;) pause();
    }
    printf("child %ld\n", pid);
  }
  fflush(stdout);
  if (!strcmp(mode, "autokill")) getchar();
  return 3;
}

/* The bystander: blocked signals are taken in the order of their numbers. */
static void bystand(void) {
  sigset_t all;
  sigfillset(&all);
  int number, hit = 0;
  while (sigwait(&all, &number) == 0 && number != SIGTERM) hit |= number == SIGUSR1;
  _exit(hit);
}

static void end(pid_t pid) {
  struct pollfd end = {.fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
  kill(pid, SIGKILL);
  poll(&end, 1, -1);
  close(end.fd);
}

static pid_t take(pid_t pid) {
  struct arguments clone = {.exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&pid, .set_tid_size = 1};
  long got;
  while ((got = syscall(SYS_clone3, &clone, sizeof clone)) < 0 && errno == EEXIST) usleep(200);
  if (got == 0) {
    setsid();
    bystand();
  }
  return got;
}

static int heir(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL); /* the bystanders inherit that: no signal is lost */
  char line[80];
  pid_t bystander = 0;
  while (fgets(line, sizeof line, stdin)) {
    const char *answer = "ended";
    if (line[0] == 'e') {
      end(atoi(line + 4));
    } else if (line[0] == 't') {
      bystander = take(atoi(line + 5));
      answer = bystander > 0 ? "taken" : "refused";
    } else {
      int status = 0;
      kill(bystander, SIGTERM);
      waitpid(bystander, &status, 0);
      answer = status ? "hit" : "clean";
    }
    printf("%s\n", answer);
    fflush(stdout);
  }
  return 0;
}

int main(int argc, char **argv) {
  return argc == 3 ? children(argv[1], atoi(argv[2])) : heir();
}
