/* Changes files and processes in a known order, for crash points.
   points MODE DIRECTORY SUFFIX */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int ok, const char *what) {
  if (!ok) {
    perror(what);
    exit(1);
  }
}

static void put(const char *name, const char *text) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  check(fd >= 0, name);
  check(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "write");
  check(fsync(fd) == 0, "fsync");
  close(fd);
}

static void known(const char *suffix) {
  char name[100];
  int other = open("/dev/null", O_WRONLY | O_CREAT, 0666);
  check(write(other, "x", 1) == 1, "/dev/null"); /* no point */
  put("state.tmp", "one\n");
  check(rename("state.tmp", "state") == 0, "rename");
  pid_t child = fork();
  check(child >= 0, "fork");
  if (child == 0) {
    snprintf(name, sizeof name, "%d.pid", getpid());
    put(name, "child\n");
    _exit(3);
  }
  check(waitpid(child, NULL, 0) == child, "waitpid");
  check(mkdir("sub", 0777) == 0, "mkdir");
  snprintf(name, sizeof name, "sub/x.%s", suffix);
  put(name, "random\n");
  check(symlink("state", "link") == 0, "symlink");
  check(truncate("link", 2) == 0, "truncate"); /* of state */
  check(unlink(name) == 0, "unlink");
  check(rmdir("sub") == 0, "rmdir");
  printf("NoNewPrivs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void *records(void *arg) {
  char name[20];
  snprintf(name, sizeof name, "t%ld", (long)arg);
  int fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0666);
  for (int i = 0; i < 50; i++) {
    check(write(fd, "r\n", 2) == 2, "write");
  }
  return NULL;
}

static void threads(void) {
  pthread_t all[4];
  for (long i = 0; i < 4; i++) {
    check(pthread_create(&all[i], NULL, records, (void *)i) == 0, "thread");
  }
  for (int i = 0; i < 4; i++) {
    pthread_join(all[i], NULL);
  }
}

static void *nothing(void *arg) {
  return arg;
}

static void brief(void) {
  pthread_t thread;
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  for (int i = 0; i < 3000; i++) {
    while (pthread_create(&thread, &detached, nothing, NULL) != 0) {
      usleep(100);
    }
  }
}

static void tree(int index) {
  for (int child = 2 * index + 1; child <= 2 * index + 2 && child < 15; child++) {
    pid_t pid = fork();
    check(pid >= 0, "fork");
    if (pid == 0) {
      tree(child);
      _exit(0);
    }
  }
  records((void *)(long)index);
  while (wait(NULL) > 0) {
  }
}

static void big(void) {
  static char block[20000];
  memset(block, 'b', sizeof block);
  int fd = open("big", O_WRONLY | O_CREAT, 0666);
  check(write(fd, block, sizeof block) == sizeof block, "write");
  check(pwrite(fd, "123456789\n", 10, 100) == 10, "pwrite");
}

static void *last(void *arg) {
  pthread_join(*(pthread_t *)arg, NULL); /* the first thread is a zombie */
  put("last", "x");
  return NULL;
}

static void leaderfirst(void) {
  static pthread_t first, other;
  first = pthread_self();
  check(pthread_create(&other, NULL, last, &first) == 0, "thread");
  pthread_exit(NULL);
}

static pthread_barrier_t gate;

static void *leaves(void *how) {
  pthread_barrier_wait(&gate);
  if (strcmp(how, "exit-group") == 0) {
    _exit(0);
  }
  return NULL;
}

/* All threads end at the same time. */
static void ends(char *how) {
  pthread_t thread;
  pthread_barrier_init(&gate, NULL, 4);
  for (int i = 0; i < 3; i++) {
    check(pthread_create(&thread, NULL, leaves, how) == 0, "thread");
  }
  pthread_barrier_wait(&gate);
  if (strcmp(how, "exit-last") == 0) {
    pthread_exit(NULL);
  } else if (strcmp(how, "exit-killed") == 0) {
    kill(getpid(), SIGKILL);
  } else if (strcmp(how, "exit-signal") == 0) {
    raise(SIGTERM);
  }
  _exit(0);
}

static void paths(void) {
  check(mkdir("d", 0777) == 0, "mkdir");
  int directory = open("d", O_RDONLY | O_DIRECTORY);
  check(openat(directory, "f", O_WRONLY | O_CREAT, 0666) >= 0, "openat");
  char cwd[4096];
  check(getcwd(cwd, sizeof cwd) != NULL, "getcwd");
  unlink("../alias");                                /* no point */
  check(symlink(cwd, "../alias") == 0, "symlink"); /* no point */
  check(open("../alias/d/g", O_WRONLY | O_CREAT, 0666) >= 0, "alias");
  check(open("d/../h", O_WRONLY | O_CREAT, 0666) >= 0, "dots");
  check(rename("h", "../gone") == 0, "rename");
  check(chmod("../gone", 0600) == 0, "chmod"); /* no point */
  check(unlink("../alias") == 0, "unlink");      /* no point */
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "s"};
  check(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof address) == 0, "bind");
  int deleted = open("t", O_WRONLY | O_CREAT, 0666);
  check(unlink("t") == 0, "unlink");
  check(write(deleted, "x", 1) == 1, "write");
  check(fchmod(directory, 0700) == 0, "fchmod");
  syscall(463, directory, "f", 0, "user.a", NULL, 0); /* setxattrat */
  syscall(466, directory, "f", 0, "user.a");           /* removexattrat */
  check(open("no/such", O_WRONLY | O_CREAT, 0666) < 0, "such");
  check(write(99, "x", 1) < 0, "bad descriptor"); /* no point */
  syscall(SYS_io_uring_setup, 0, NULL); /* fails, and is counted */
  int unnamed = open("d", O_TMPFILE | O_WRONLY, 0666); /* no point, where a file system has it */
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", unnamed >= 0 ? unnamed : 99);
  linkat(AT_FDCWD, name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW);
}

static void foreign(void) {
#ifdef __x86_64__
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory"); /* getpid */
  printf("%s\n", result == getpid() ? "foreign" : "odd");
#endif
}

static void mapped(void) {
  int fd = open("map", O_RDWR | O_CREAT, 0666);
  check(ftruncate(fd, 4096) == 0, "ftruncate");
  char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check(map != MAP_FAILED, "mmap");
  map[0] = 'm';
  check(msync(map, 4096, MS_SYNC) == 0, "msync");
  munmap(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), 4096); /* no point */
  munmap(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0), 4096);               /* no point */
}

/* No call of mmap(2) shows that it writes. */
static void protects(void) {
  int fd = open("map", O_RDWR | O_CREAT, 0666);
  check(ftruncate(fd, 4096) == 0, "ftruncate");
  char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  check(map != MAP_FAILED && mprotect(map, 4096, PROT_READ | PROT_WRITE) == 0, "mprotect");
  map[0] = 'm';
}

/* Writes to two files by one call of io_submit(2). */
static void requests(void) {
  unsigned long context = 0;
  check(syscall(SYS_io_setup, 2, &context) == 0, "io_setup");
  struct iocb all[2] = {{0}};
  struct iocb *pointers[2] = {&all[0], &all[1]};
  for (int i = 0; i < 2; i++) {
    all[i].aio_lio_opcode = IOCB_CMD_PWRITE;
    all[i].aio_fildes = open(i == 0 ? "../asked" : "asked", O_WRONLY | O_CREAT, 0666);
    all[i].aio_buf = (unsigned long)"asked\n";
    all[i].aio_nbytes = 6;
  }
  check(syscall(SYS_io_submit, context, 2, pointers) == 2, "io_submit");
}

/* Secures by mappings and by flags of writes. */
static void stores(void) {
  int fd = open("map", O_RDWR | O_CREAT, 0666);
  check(ftruncate(fd, 8) == 0, "ftruncate");
  char *map = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check(map != MAP_FAILED, "mmap");
  memcpy(map, "12345678", 8);
  check(msync(map, 8, MS_SYNC) == 0, "msync");
  map[0] = 'x';
  check(msync(map, 8, MS_ASYNC) == 0, "msync");
  int synced = open("synced", O_WRONLY | O_CREAT | O_DSYNC, 0666);
  check(write(synced, "s", 1) == 1, "write");
  check(write(open("synced", O_WRONLY | O_APPEND), "p", 1) == 1, "write");
  struct iovec f = {.iov_base = "f", .iov_len = 1};
  int flag = open("flag", O_WRONLY | O_CREAT, 0666);
  check(pwritev2(flag, &f, 1, 0, RWF_DSYNC) == 1, "pwritev2");
  int ranged = open("ranged", O_WRONLY | O_CREAT, 0666);
  check(write(ranged, "r", 1) == 1, "write");
  check(sync_file_range(ranged, 0, 1, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) == 0, "sync_file_range");
  open("end", O_WRONLY | O_CREAT, 0666);
}

enum { FDATASYNC, DSYNC, RENAME, MSYNC, SHARED, SHARED_DSYNC, WAYS };

/* Secures records in one of six ways, and acknowledges each by a line. */
static void *ledger(void *arg) {
  long way = (long)arg;
  char name[20], temporary[20], record[20];
  snprintf(name, sizeof name, "f%ld", way == SHARED_DSYNC ? SHARED : way);
  snprintf(temporary, sizeof temporary, "t%ld", way);
  int synced = way == DSYNC || way == SHARED_DSYNC ? O_DSYNC : 0;
  int fd = open(name, O_RDWR | (way == MSYNC ? 0 : O_APPEND) | synced);
  int directory = open(".", O_RDONLY);
  char *map = NULL;
  if (way == MSYNC) {
    check(ftruncate(fd, 4096) == 0 && fsync(fd) == 0, "ftruncate");
    map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  for (int i = 0; i < 8; i++) {
    int length = snprintf(record, sizeof record, "%ld %d\n", way, i);
    if (way == MSYNC) {
      memcpy(map + 10 * i, record, length);
      check(msync(map, 4096, MS_SYNC) == 0, "msync");
    } else if (way == RENAME) {
      int other = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
      check(write(other, record, length) == length && fsync(other) == 0, "write");
      check(close(other) == 0 && rename(temporary, name) == 0, "rename");
      check(fsync(directory) == 0, "fsync");
    } else {
      check(write(fd, record, length) == length, "write");
      check(synced || fdatasync(fd) == 0, "fdatasync");
    }
    check(write(1, record, length) == length, "acknowledge");
  }
  return NULL;
}

static void ledgers(void) {
  pthread_t all[WAYS];
  for (long i = 0; i < WAYS; i++) {
    check(pthread_create(&all[i], NULL, ledger, (void *)i) == 0, "thread");
  }
  for (int i = 0; i < WAYS; i++) {
    pthread_join(all[i], NULL);
  }
}

int main(int count, char **args) {
  check(count == 4, "arguments");
  check(chdir(args[2]) == 0, args[2]);
  if (strcmp(args[1], "known") == 0) {
    known(args[3]);
  } else if (strcmp(args[1], "threads") == 0) {
    threads();
  } else if (strcmp(args[1], "brief") == 0) {
    brief();
  } else if (strcmp(args[1], "tree") == 0) {
    tree(0);
  } else if (strcmp(args[1], "big") == 0) {
    big();
  } else if (strcmp(args[1], "foreign") == 0) {
    foreign();
  } else if (strcmp(args[1], "leaderfirst") == 0) {
    leaderfirst();
  } else if (strncmp(args[1], "exit-", 5) == 0) {
    ends(args[1]);
  } else if (strcmp(args[1], "paths") == 0) {
    paths();
  } else if (strcmp(args[1], "mapped") == 0) {
    mapped();
  } else if (strcmp(args[1], "protects") == 0) {
    protects();
  } else if (strcmp(args[1], "requests") == 0) {
    requests();
  } else if (strcmp(args[1], "ledgers") == 0) {
    ledgers();
  } else if (strcmp(args[1], "stores") == 0) {
    stores();
  } else {
    return 2;
  }
  puts("end");
  return 0;
}
