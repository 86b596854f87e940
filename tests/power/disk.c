// Preloaded into a server: writes down everything that it does to the files of one folder, in order, so that a test can tell
// what would be left of them after a power cut. A sync is not done but noted, when it begins and when it ends, and takes a
// while in between, as a slow disk would. `journal.ts` reads what is written here.
//
//   PARLEY_POWER_FOLDER   the folder that is watched, absolute
//   PARLEY_POWER_JOURNAL  the file that it is written to
//   PARLEY_POWER_SYNC_US  the longest sync, in microseconds
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, CREATE, LINK, RENAME, UNLINK, SYNC_BEGINS, SYNC_ENDS };

struct header {
  uint8_t kind;
  uint8_t unused;
  uint16_t path_length;
  uint32_t data_length;
  uint64_t offset;
};

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static const char *folder;
static size_t folder_length;

#define REAL(result, name, ...) \
  static result (*real)(__VA_ARGS__); \
  if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int is_watching(void) {
  if (journal >= 0) return 1;
  if (journal == -2) return 0;
  folder = getenv("PARLEY_POWER_FOLDER");
  const char *path = getenv("PARLEY_POWER_JOURNAL");
  if (!folder || !path) {
    journal = -2;
    return 0;
  }
  folder_length = strlen(folder);
  journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (journal < 0) abort();
  return 1;
}

// The part of a path inside the folder; NULL elsewhere. Shared memory is not on the disk, and deleted files are nobody's.
static const char *inside(const char *path) {
  if (!path || !is_watching()) return NULL;
  if (strncmp(path, folder, folder_length) != 0) return NULL;
  const char *rest = path + folder_length;
  if (*rest == '\0') return ".";
  if (*rest != '/') return NULL;
  size_t length = strlen(rest);
  if (length > 4 && strcmp(rest + length - 4, "-shm") == 0) return NULL;
  if (length > 10 && strcmp(rest + length - 10, " (deleted)") == 0) return NULL;
  return rest + 1;
}

static const char *name_of(int fd, char own[64]) {
  snprintf(own, 64, "/proc/self/fd/%d", fd);
  return own;
}

static const char *path_of(int fd, char *buffer) {
  struct stat known;
  if (!is_watching() || fd == journal) return NULL;
  if (fstat(fd, &known) != 0 || !(S_ISREG(known.st_mode) || S_ISDIR(known.st_mode))) return NULL;
  char own[64];
  ssize_t got = syscall(SYS_readlinkat, AT_FDCWD, name_of(fd, own), buffer, PATH_MAX - 1);
  if (got <= 0) return NULL;
  buffer[got] = '\0';
  return inside(buffer);
}

static void note(int kind, const char *path, uint64_t offset, const void *data, size_t size) {
  struct header header = {(uint8_t)kind, 0, (uint16_t)strlen(path), (uint32_t)size, offset};
  struct iovec parts[3] = {
      {&header, sizeof header}, {(void *)path, header.path_length}, {(void *)data, size}};
  size_t whole = sizeof header + header.path_length + size;
  if (syscall(SYS_writev, journal, parts, 3) != (ssize_t)whole) abort();
}

#define IN_ORDER(statement) \
  do { \
    int kept = errno; \
    statement; \
    errno = kept; \
    pthread_mutex_unlock(&order); \
  } while (0)

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  char buffer[PATH_MAX];
  const char *path = path_of(fd, buffer);
  if (!path) return real(fd, data, size, offset);
  pthread_mutex_lock(&order);
  ssize_t done = real(fd, data, size, offset);
  IN_ORDER(if (done > 0) note(WRITE, path, (uint64_t)offset, data, (size_t)done));
  return done;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, "write", int, const void *, size_t);
  char buffer[PATH_MAX];
  const char *path = path_of(fd, buffer);
  if (!path) return real(fd, data, size);
  pthread_mutex_lock(&order);
  ssize_t done = real(fd, data, size);
  IN_ORDER(if (done > 0) note(WRITE, path, (uint64_t)(lseek(fd, 0, SEEK_CUR) - done), data, (size_t)done));
  return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  char buffer[PATH_MAX];
  // Nobody writes to these files in several parts; if that changes, the test must hear of it.
  if (path_of(fd, buffer)) abort();
  return real(fd, parts, count);
}

static int truncated(int fd, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  char buffer[PATH_MAX];
  const char *path = path_of(fd, buffer);
  if (!path) return real(fd, size);
  pthread_mutex_lock(&order);
  int result = real(fd, size);
  IN_ORDER(if (result == 0) note(TRUNCATE, path, (uint64_t)size, NULL, 0));
  return result;
}
int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncated(fd, size); }

static void note_opened(int fd, int flags) {
  char buffer[PATH_MAX];
  if (fd < 0 || !(flags & (O_CREAT | O_TRUNC))) return;
  const char *path = path_of(fd, buffer);
  if (!path) return;
  pthread_mutex_lock(&order);
  IN_ORDER({
    note(CREATE, path, 0, NULL, 0);
    if (flags & O_TRUNC) note(TRUNCATE, path, 0, NULL, 0);
  });
}

#define MODE_OF(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  REAL(int, "open", const char *, int, ...);
  MODE_OF(flags);
  int fd = real(path, flags, mode);
  note_opened(fd, flags);
  return fd;
}
int open64(const char *path, int flags, ...) {
  REAL(int, "open64", const char *, int, ...);
  MODE_OF(flags);
  int fd = real(path, flags, mode);
  note_opened(fd, flags);
  return fd;
}
int openat(int at, const char *path, int flags, ...) {
  REAL(int, "openat", int, const char *, int, ...);
  MODE_OF(flags);
  int fd = real(at, path, flags, mode);
  note_opened(fd, flags);
  return fd;
}

#define NAMED(kind, from, to, call) \
  const char *old_name = inside(from), *new_name = inside(to); \
  if (!old_name && !new_name) return call; \
  pthread_mutex_lock(&order); \
  int result = call; \
  IN_ORDER(if (result == 0 && old_name && new_name) note(kind, old_name, 0, new_name, strlen(new_name))); \
  return result

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  NAMED(RENAME, from, to, real(from, to));
}
int renameat(int at, const char *from, int at2, const char *to) {
  REAL(int, "renameat", int, const char *, int, const char *);
  NAMED(RENAME, from, to, real(at, from, at2, to));
}
int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  NAMED(LINK, from, to, real(from, to));
}
int linkat(int at, const char *from, int at2, const char *to, int flags) {
  REAL(int, "linkat", int, const char *, int, const char *, int);
  NAMED(LINK, from, to, real(at, from, at2, to, flags));
}
int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  NAMED(UNLINK, path, path, real(path));
}
int unlinkat(int at, const char *path, int flags) {
  REAL(int, "unlinkat", int, const char *, int);
  NAMED(UNLINK, path, path, real(at, path, flags));
}

static void take_a_while(uint64_t number) {
  const char *longest = getenv("PARLEY_POWER_SYNC_US");
  uint64_t most = longest ? strtoull(longest, NULL, 10) : 0;
  if (most == 0) return;
  uint64_t mixed = (number + 1) * 0x9E3779B97F4A7C15ull;
  mixed ^= mixed >> 29;
  uint64_t microseconds = mixed % most;
  struct timespec pause = {(time_t)(microseconds / 1000000), (long)(microseconds % 1000000) * 1000};
  nanosleep(&pause, NULL);
}

// A database or what lies beside it. Other names may hold anything: drafts are named by chance.
static int is_of_sqlite(const char *name) {
  const char *end = strstr(name, ".db");
  return end && (end[3] == '\0' || end[3] == '-');
}

// SQLite's files are written by calls that are seen here. JavaScript's are written by system calls that are not; they are
// small, so what they hold is noted when it is asked to be kept.
static void note_contents(int fd, const char *path) {
  const char *name = strrchr(path, '/');
  name = name ? name + 1 : path;
  struct stat known;
  if (is_of_sqlite(name) || fstat(fd, &known) != 0 || !S_ISREG(known.st_mode)) return;
  char own[64];
  int file = (int)syscall(SYS_openat, AT_FDCWD, name_of(fd, own), O_RDONLY | O_CLOEXEC);
  char *contents = malloc((size_t)known.st_size + 1);
  if (file < 0 || !contents) abort();
  ssize_t size = pread(file, contents, (size_t)known.st_size, 0);
  if (size < 0) abort();
  note(WRITE, path, 0, contents, (size_t)size);
  note(TRUNCATE, path, (uint64_t)size, NULL, 0);
  free(contents);
  syscall(SYS_close, file);
}

static int synced(int fd, int (*real)(int)) {
  static uint64_t count;
  char buffer[PATH_MAX];
  const char *path = path_of(fd, buffer);
  if (!path) return real(fd);
  pthread_mutex_lock(&order);
  uint64_t number = count++;
  IN_ORDER({
    note_contents(fd, path);
    note(SYNC_BEGINS, path, number, NULL, 0);
  });
  take_a_while(number);
  pthread_mutex_lock(&order);
  IN_ORDER(note(SYNC_ENDS, path, number, NULL, 0));
  return 0;
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return synced(fd, real);
}
int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return synced(fd, real);
}
