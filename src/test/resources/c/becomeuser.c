/*
 * Becomes another user long after its exec, as servers do that need root at their start:
 *   becomeuser UID GO END
 * Waits for a byte in the FIFO GO, becomes UID, says so, waits for a byte in the FIFO END, and
 * exits with 3.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* For writing as well: opening it does not wait. */
static int open_fifo(const char *path) {
  int fd = open(path, O_RDWR);
  if (fd < 0) abort();
  return fd;
}

static void await_byte(int fd) {
  char byte;
  if (read(fd, &byte, 1) != 1) abort();
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int go = open_fifo(argv[2]);
  int end = open_fifo(argv[3]);
  await_byte(go);
  if (setuid((uid_t)atoi(argv[1]))) abort();
  if (write(STDOUT_FILENO, "changed\n", 8) != 8) abort();
  await_byte(end);
  return 3;
}
