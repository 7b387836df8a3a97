/*
 * look PID NAME: walks the tree below a process as a scan of the library does, and reads the same of each
 * one: stat, children, cmdline, cwd, and the user, for which it needs status. Prints how many of
 * that name it saw.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEEPEST 1024

static char text[1 << 16], *name;

static int slurp(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC), length = 0, count;
  if (fd < 0) return -1;
  while ((count = read(fd, text + length, sizeof text - 1 - length)) >= 2048) length += count;
  length += count > 0 ? count : 0;
  close(fd);
  text[length] = 0;
  return length;
}

static int about(int pid, const char *file) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  return slurp(path);
}

static int look(int pid, int self, int depth) {
  char path[96], list[sizeof text];
  int count = 0;
  if (!self) {
    int complete = about(pid, "stat") > 0 && strstr(text, name) != NULL;
    complete &= about(pid, "cmdline") > 0;
    complete &= about(pid, "status") > 0 && strstr(text, "\nUid:") != NULL;
    snprintf(path, sizeof path, "/proc/%d/cwd", pid);
    complete &= readlink(path, text, sizeof text) > 0;
    count = complete;
  }
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  int length = slurp(path);
  if (length <= 0 || depth == DEEPEST) return count;
  memcpy(list, text, length + 1);
  for (char *at = list; *at != 0;) {
    int child = strtol(at, &at, 10);
    if (child > 0) count += look(child, 0, depth + 1);
    at += *at == ' ';
  }
  return count;
}

int main(int argc, char **argv) {
  if (argc < 3) return 1;
  name = argv[2];
  printf("%d\n", look(atoi(argv[1]), 1, 0));
  return 0;
}
