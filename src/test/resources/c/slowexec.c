/* A library to preload: each execvp(3), as of the JDK's helper, begins some time later. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

int execvp(const char *file, char *const arguments[]) {
  int (*real)(const char *, char *const[]) = (int (*)(const char *, char *const[]))dlsym(RTLD_NEXT, "execvp");
  usleep(100000 + (useconds_t)getpid() * 7919 % 200000);
  return real(file, arguments);
}
