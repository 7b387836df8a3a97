/* middle NAME: the launcher returns at once; its child, the middle, becomes a session leader, forks
   the daemon and exits right after that. All have the same name. The daemon writes its pid to the file NAME. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (fork() != 0) return 0;
  setsid();
  if (fork() != 0) _exit(0);
  char text[16];
  int length = snprintf(text, sizeof text, "%d\n", getpid());
  if (argc > 1) {
    int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (write(fd, text, length) != length) return 1;
    close(fd);
  }
  for (;;) pause();
}
