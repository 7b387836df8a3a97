/* pty PROGRAM [ARGUMENT...]: runs a program in its own terminal and copies its output.
   SIGUSR1 presses Ctrl-C. Exits when the program has ended. */
#define _GNU_SOURCE
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int terminal;

static void press(int signal) {
  (void)signal;
  if (write(terminal, "\003", 1) != 1) _exit(1);
}

int main(int argc, char **argv) {
  if (argc < 2) return 1;
  pid_t child = forkpty(&terminal, NULL, NULL, NULL);
  if (child < 0) return 1;
  if (child == 0) {
    signal(SIGINT, SIG_DFL); /* inherited as ignored under nohup */
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  sigaction(SIGUSR1, &(struct sigaction){.sa_handler = press, .sa_flags = SA_RESTART}, NULL);
  char text[4096];
  for (ssize_t count; (count = read(terminal, text, sizeof text)) > 0;) {
    if (write(1, text, count) != count) return 1;
  }
  if (write(1, "\n", 1) != 1) return 1; /* so that the next output begins a line */
  int status;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
