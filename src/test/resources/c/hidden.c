// hidden daemon|stay|exit N: a process that /proc hides from its own user where it is mounted with
// hidepid. daemon and stay are not dumpable, as agents that hold secrets; exit N is for a
// set-user-id copy of this program.
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count == 3 && !strcmp(arguments[1], "exit")) return atoi(arguments[2]);
  if (count != 2 || prctl(PR_SET_DUMPABLE, 0)) return 99;
  if (!strcmp(arguments[1], "daemon")) {
    if (fork()) return 7;
    setsid();
    if (fork()) return 8;
  }
  for (int i = 0; i < 300; i++) sleep(1);
  return 0;
}
