/* A subreaper below the subreaper: adopts its own orphan, prints that, and exits with 3 when the file
   named by its argument exists; then the orphan is re-parented. */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 1;
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  int line[2];
  if (pipe(line) != 0) return 1;
  pid_t middle = fork();
  if (middle == 0) {
    pid_t self = getpid();
    if (fork() == 0) {
      while (getppid() == self) usleep(1000);
      pid_t adopter = getppid();
      if (write(line[1], &adopter, sizeof adopter) != sizeof adopter) return 1;
      close(line[0]);
      close(line[1]);
      for (;;) pause();
    }
    _exit(0);
  }
  waitpid(middle, NULL, 0);
  pid_t adopter = 0;
  if (read(line[0], &adopter, sizeof adopter) != sizeof adopter) return 1;
  printf(adopter == getpid() ? "adopted by the nested one\n" : "adopted by another\n");
  fflush(stdout);
  while (access(argv[1], F_OK) != 0) usleep(1000);
  return 3;
}
