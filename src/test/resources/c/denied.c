// Runs a program in which some system calls fail, as in a sandbox:
//   denied EPERM|ENOSYS CALL[,CALL…] PROGRAM [ARGUMENT…]
// With "list" as its only argument it prints the calls, one on a line. A filter of seccomp(2) makes
// them fail for the program and all its descendants; it can't be removed.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { ALWAYS, MASKED, OTHERS };

// A call that fails always, or where an argument is a value under a mask, or where its first
// argument names another process than the one that becomes the program.
static const struct {
  const char *name;
  long number;
  int when, argument;
  uint32_t mask, value;
} calls[] = {
    {"subreaper", SYS_prctl, MASKED, 0, 0xffffffff, PR_SET_CHILD_SUBREAPER},
    {"subreaper", SYS_prctl, MASKED, 0, 0xffffffff, PR_GET_CHILD_SUBREAPER},
    {"waitid", SYS_waitid, ALWAYS, 0, 0, 0},
    {"waitid-pidfd", SYS_waitid, MASKED, 0, 0xffffffff, 3},
    {"wait4", SYS_wait4, ALWAYS, 0, 0, 0},
    {"kill", SYS_kill, ALWAYS, 0, 0, 0},
    {"prlimit-others", SYS_prlimit64, OTHERS, 0, 0, 0},
    {"pidfd_open", SYS_pidfd_open, ALWAYS, 0, 0, 0},
    {"pidfd_send_signal", SYS_pidfd_send_signal, ALWAYS, 0, 0, 0},
    {"pidfd-info", SYS_ioctl, MASKED, 1, 0xffff, 0xff0b},
    {"setpgid", SYS_setpgid, ALWAYS, 0, 0, 0},
    {"setpriority", SYS_setpriority, ALWAYS, 0, 0, 0},
#ifdef SYS_mknod
    {"mkfifo", SYS_mknod, ALWAYS, 0, 0, 0},
#endif
    {"mkfifo", SYS_mknodat, ALWAYS, 0, 0, 0},
    {"fallocate", SYS_fallocate, ALWAYS, 0, 0, 0},
    {"clock_gettime", SYS_clock_gettime, ALWAYS, 0, 0, 0}, // most machines need no call for it
    {"unix-socket", SYS_socket, MASKED, 0, 0xffffffff, 1},
    {"close_range", SYS_close_range, ALWAYS, 0, 0, 0},
    {"ptrace", SYS_ptrace, ALWAYS, 0, 0, 0},
    {"ptrace-call", SYS_ptrace, MASKED, 0, 0xffffffff, 0x420e},
    {"seccomp", SYS_seccomp, ALWAYS, 0, 0, 0},
    {"epoll", SYS_epoll_create1, ALWAYS, 0, 0, 0},
    {"eventfd", SYS_eventfd2, ALWAYS, 0, 0, 0},
};
enum { CALLS = sizeof calls / sizeof *calls };

static struct sock_filter program[8 * CALLS + 2];
static int length;

static void add(uint16_t code, uint32_t value, int yes, int no) {
  program[length++] = (struct sock_filter){code, yes, no, value};
}

static void deny(int i, int error) {
  uint32_t argument = offsetof(struct seccomp_data, args) + 8 * calls[i].argument;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  argument += 4;
#endif
  add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
  switch (calls[i].when) {
    case ALWAYS:
      add(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
      break;
    case MASKED:
      add(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 4);
      add(BPF_LD | BPF_W | BPF_ABS, argument, 0, 0);
      add(BPF_ALU | BPF_AND | BPF_K, calls[i].mask, 0, 0);
      add(BPF_JMP | BPF_JEQ | BPF_K, calls[i].value, 0, 1);
      break;
    default:
      add(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 4);
      add(BPF_LD | BPF_W | BPF_ABS, argument, 0, 0);
      add(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0);
      add(BPF_JMP | BPF_JEQ | BPF_K, getpid(), 1, 0);
  }
  add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error, 0, 0);
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "list") == 0) {
    for (int i = 0; i < CALLS; i++)
      if (i == 0 || strcmp(calls[i].name, calls[i - 1].name) != 0) puts(calls[i].name);
    return 0;
  }
  if (argc < 4) return 2;
  int error = strcmp(argv[1], "ENOSYS") == 0 ? ENOSYS : EPERM;
  for (char *name = strtok(argv[2], ","); name; name = strtok(NULL, ",")) {
    int before = length;
    for (int i = 0; i < CALLS; i++)
      if (strcmp(calls[i].name, name) == 0) deny(i, error);
    if (length == before) {
      fprintf(stderr, "denied: no such call: %s\n", name);
      return 2;
    }
  }
  add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  struct sock_fprog filter = {(unsigned short)length, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    perror("denied: seccomp");
    return 99;
  }
  execvp(argv[3], argv + 3);
  perror(argv[3]);
  return 127;
}
