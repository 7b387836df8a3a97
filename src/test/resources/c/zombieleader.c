/* A daemon whose first thread has ended: state Z, no command line, but alive. It exits with 6
   when the file named by its argument exists. */
#include <pthread.h>
#include <unistd.h>

static const char *go;

static void *work(void *unused) {
  (void)unused;
  while (access(go, F_OK) != 0) usleep(1000);
  _exit(6);
}

int main(int argc, char **argv) {
  if (argc < 2) return 1;
  go = argv[1];
  if (fork() != 0) return 0;
  setsid();
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  pthread_exit(NULL);
}
