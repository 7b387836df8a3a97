// Does what its arguments say, one after the other, as a daemon does on its way to be ready:
// bind PORT, listen, udp PORT, answer FILE, drip FILE, unix PATH (@NAME: abstract), notify TEXT,
// line FILE TEXT, pid FILE, print TEXT, wait FIFO, reap, fork, pause, exit CODE.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(99);
}

static struct sockaddr_un address(const char *name, socklen_t *length) {
  struct sockaddr_un result = {.sun_family = AF_UNIX};
  strncpy(result.sun_path, name, sizeof result.sun_path - 1);
  *length = offsetof(struct sockaddr_un, sun_path) + strlen(name) + (name[0] == '@' ? 0 : 1);
  if (name[0] == '@') {
    result.sun_path[0] = 0;
  }
  return result;
}

static int bound(int port, int type) {
  int fd = socket(AF_INET, type, 0);
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof in;
  if (bind(fd, (struct sockaddr *)&in, length) || getsockname(fd, (struct sockaddr *)&in, &length)) {
    fail("bind");
  }
  printf("port %d\n", ntohs(in.sin_port));
  return fd;
}

static void notify(const char *text) {
  const char *name = getenv("NOTIFY_SOCKET");
  socklen_t length;
  struct sockaddr_un to = address(name ? name : "", &length);
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, length) < 0) {
    fail("sendto");
  }
  close(fd);
}

// Sends BARRIER=1 with a descriptor, and waits until all earlier messages have been handled.
static void barrier(void) {
  int ends[2];
  socklen_t length;
  struct sockaddr_un to = address(getenv("NOTIFY_SOCKET"), &length);
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  char text[] = "BARRIER=1", control[CMSG_SPACE(sizeof(int))] = {0}, byte;
  struct iovec io = {text, sizeof text - 1};
  struct msghdr message = {&to, length, &io, 1, control, sizeof control, 0};
  if (pipe(ends)) {
    fail("pipe");
  }
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
  if (sendmsg(fd, &message, 0) < 0) {
    fail("sendmsg");
  }
  close(ends[1]);
  if (read(ends[0], &byte, 1) != 0) {
    fail("read");
  }
  close(ends[0]);
  close(fd);
}

// Prints the head of each request, and answers with what is in the file then; if it drips, with a
// byte now and then after that, for ever.
static void answer(int socket_fd, const char *file, int drips) {
  signal(SIGPIPE, SIG_IGN);
  for (;;) {
    char text[4096] = "";
    size_t length = 0;
    ssize_t more = 1;
    int fd = accept(socket_fd, NULL, NULL);
    while (more > 0 && length < sizeof text - 1 && !strstr(text, "\r\n\r\n")) {
      more = read(fd, text + length, sizeof text - 1 - length);
      length += more > 0 ? more : 0;
      text[length] = 0;
    }
    printf("%s", text);
    int content = open(file, O_RDONLY);
    if (content < 0) {
      fail(file);
    }
    while ((more = read(content, text, sizeof text)) > 0 && write(fd, text, more) == more) {
    }
    close(content);
    while (drips && write(fd, "x", 1) == 1) {
      usleep(50000);
    }
    close(fd);
  }
}

static void append(const char *file, const char *text) {
  int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fd < 0 || dprintf(fd, "%s\n", text) < 0) {
    fail(file);
  }
  close(fd);
}

int main(int count, char **arguments) {
  int socket_fd = -1;
  setvbuf(stdout, NULL, _IONBF, 0);
  for (char **next = arguments + 1; *next; next++) {
    const char *verb = *next;
    if (!strcmp(verb, "bind")) {
      socket_fd = bound(atoi(*++next), SOCK_STREAM);
    } else if (!strcmp(verb, "listen")) {
      listen(socket_fd, 1);
    } else if (!strcmp(verb, "udp")) {
      bound(atoi(*++next), SOCK_DGRAM);
    } else if (!strcmp(verb, "answer") || !strcmp(verb, "drip")) {
      answer(socket_fd, *++next, verb[0] == 'd');
    } else if (!strcmp(verb, "unix")) {
      socklen_t length;
      struct sockaddr_un to = address(*++next, &length);
      socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
      if (bind(socket_fd, (struct sockaddr *)&to, length)) {
        fail("bind");
      }
    } else if (!strcmp(verb, "notify")) {
      notify(*++next);
    } else if (!strcmp(verb, "barrier")) {
      barrier();
    } else if (!strcmp(verb, "mainpid")) {
      char text[64];
      snprintf(text, sizeof text, "READY=1\nMAINPID=%d", getpid());
      notify(text);
    } else if (!strcmp(verb, "line")) {
      const char *file = *++next;
      append(file, *++next);
    } else if (!strcmp(verb, "pid")) {
      char text[32];
      snprintf(text, sizeof text, "%d", getpid());
      append(*++next, text);
    } else if (!strcmp(verb, "print")) {
      printf("%s\n", *++next);
    } else if (!strcmp(verb, "wait")) {
      char buffer[64];
      int fd = open(*++next, O_RDONLY);
      if (fd < 0 || read(fd, buffer, sizeof buffer) < 0) {
        fail(*next);
      }
      close(fd);
    } else if (!strcmp(verb, "fork")) {
      if (fork()) { // the parent waits for the child's end, and continues after the next "reap"
        wait(NULL);
        while (*next && strcmp(*next, "reap")) {
          next++;
        }
      }
    } else if (!strcmp(verb, "reap")) {
      return 0; // the child's end
    } else if (!strcmp(verb, "daemon")) {
      if (fork()) {
        return 0;
      }
      setsid();
    } else if (!strcmp(verb, "pause")) {
      pause();
    } else if (!strcmp(verb, "exit")) {
      return atoi(*++next);
    } else {
      fprintf(stderr, "what is %s?\n", verb);
      return 98;
    }
  }
  return 0;
}
