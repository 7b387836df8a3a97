/*
 * latecollect MS|FILE: a child exits with 3; MS later, or when there is that file, its parent
 * collects it, prints "collected", forks another child, and waits for ever.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count < 2) return 2;
  pid_t child = fork();
  if (child == 0) _exit(3);
  if (arguments[1][0] == '/') {
    while (access(arguments[1], F_OK) != 0) usleep(1000);
  } else {
    usleep(atoi(arguments[1]) * 1000);
  }
  if (waitpid(child, 0, 0) != child) return 4;
  if (fork() == 0)
    for (;;) pause();
  puts("collected");
  fflush(stdout);
  for (;;) pause();
}
