/*
 * preforkd
 *
 * Its worker serves standard input and has a fault: it crashes at each '!'. The master puts another
 * one in its place and says nothing of it.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(void) {
  for (char c; read(STDIN_FILENO, &c, 1) == 1;) {
    volatile char *volatile answer = c == '!' ? NULL : &c;
    *answer = c;
    if (c == '\n' && write(STDOUT_FILENO, "served\n", 7) < 0) _exit(1);
  }
  _exit(0);
}

int main(void) {
  for (int status = -1; status != 0;) {
    if (fork() == 0) serve();
    wait(&status);
  }
  return 0;
}
