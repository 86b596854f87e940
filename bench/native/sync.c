// Preloaded into a server: PARLEY_BENCH_SYNC=none makes every sync succeed without being done, a number makes it take that
// many milliseconds longer. The server itself does not know.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int sync_with(const char *name, int fd) {
  const char *how = getenv("PARLEY_BENCH_SYNC");
  if (how && strcmp(how, "none") == 0) return 0;
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  int result = real(fd);
  long ms = how ? strtol(how, NULL, 10) : 0;
  if (ms > 0) {
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
  }
  return result;
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }
