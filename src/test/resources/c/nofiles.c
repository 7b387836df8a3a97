// Preloaded, it hides files of /proc whose paths end with one of the names in HIDDEN_FILES, with
// spaces between them: as in a kernel without CONFIG_PROC_CHILDREN, or in gVisor.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int hides(const char *path) {
  const char *names = getenv("HIDDEN_FILES");
  const char *last = strrchr(path, '/');
  if (names == NULL || last == NULL || strncmp(path, "/proc/", 6) != 0) return 0;
  size_t length = strlen(++last);
  for (const char *at = names; length > 0 && (at = strstr(at, last)) != NULL; at += length)
    if ((at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0)) return 1;
  return 0;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  if (hides(path)) {
    errno = ENOENT;
    return -1;
  }
  int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  return next(path, flags, mode);
}
