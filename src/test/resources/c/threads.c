/* A process with many threads: threads N
   Prints `ready`, then for each SIGUSR1 `round K` when each of its threads has run once more. Ends
   itself after ten minutes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_barrier_t begin, end;

static void *work(void *unused) {
  for (;;) {
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
  }
  return unused;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1;
  sigset_t ask;
  sigemptyset(&ask);
  sigaddset(&ask, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &ask, NULL);
  alarm(600);
  pthread_barrier_init(&begin, NULL, count + 1);
  pthread_barrier_init(&end, NULL, count + 1);
  for (int i = 0; i < count; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL) != 0) return 1;
  }
  printf("ready\n");
  fflush(stdout);
  for (int round = 1;; round++) {
    int signal;
    sigwait(&ask, &signal);
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
    printf("round %d\n", round);
    fflush(stdout);
  }
}
