// Preloaded, it hides the lists of children in /proc, as in a kernel without CONFIG_PROC_CHILDREN.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/types.h>

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  size_t length = strlen(path);
  if (length > 9 && strcmp(path + length - 9, "/children") == 0) {
    errno = ENOENT;
    return -1;
  }
  int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  return next(path, flags, mode);
}
