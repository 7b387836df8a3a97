/* `stuck serve DIRECTORY` mounts a file system in its own mount namespace and answers no request: it
   prints `ready <its pid>`, and `asked` when a process waits for an answer. `stuck read FILE` is such a
   process: once the server has its request, no signal ends its wait. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void refused(void) {
  puts("refused");
  exit(77);
}

static void put(const char *file, const char *text) {
  int fd = open(file, O_WRONLY);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) refused();
  close(fd);
}

int main(int argc, char **argv) {
  if (argc < 3) return 1;
  alarm(180);
  if (strcmp(argv[1], "read") == 0) return open(argv[2], O_RDONLY) < 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  int user = getuid(), group = getgid();
  char text[200];
  if (unshare(CLONE_NEWNS | (user == 0 ? 0 : CLONE_NEWUSER)) != 0) refused();
  if (user != 0) {
    put("/proc/self/setgroups", "deny");
    sprintf(text, "%d %d 1", user, user);
    put("/proc/self/uid_map", text);
    sprintf(text, "%d %d 1", group, group);
    put("/proc/self/gid_map", text);
  }
  int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fuse < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) refused();
  sprintf(text, "fd=%d,rootmode=40000,user_id=%d,group_id=%d", fuse, user, group);
  if (mount("stuck", argv[2], "fuse", MS_NOSUID | MS_NODEV, text) != 0) refused();
  static char request[1 << 16];
  if (read(fuse, request, sizeof request) < 0) return 1;
  struct {
    struct fuse_out_header header;
    struct fuse_init_out init;
  } answer = {{sizeof answer, 0, ((struct fuse_in_header *)request)->unique},
              {.major = 7, .minor = 31, .max_write = 4096}};
  if (write(fuse, &answer, sizeof answer) < 0) return 1;
  printf("ready %d\n", getpid());
  while (read(fuse, request, sizeof request) > 0) puts("asked");
  return 0;
}
