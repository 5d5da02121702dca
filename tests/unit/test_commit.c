// SPDX-License-Identifier: Apache-2.0
/* Proves: a commit puts the trace on disk before the manifest that counts it, and the manifest on
 * disk before its name; a failed fsync is the last thing tried. fsync, rename and
 * unlink are replaced by ones that take notes and fail on demand. Fails if an fsync is dropped,
 * moved behind the rename or retried, or if a trace that could not be begun gives up its name, and
 * with it its lock, before its manifest. */
#include "trace_fixture.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char notes[4000];
static int calls_until_failure = -1; /* of fsync; negative: never */
static bool note_unlinks;

static const char *last_part(const char *name) {
  const char *slash = strrchr(name, '/');
  return slash ? slash + 1 : name;
}

static void note(const char *what, const char *name) {
  size_t n = strlen(notes);
  bool is_folder = strcmp(name, folder) == 0;
  snprintf(notes + n, sizeof notes - n, "%s %s; ", what, is_folder ? "folder" : last_part(name));
}

/* Stands in for the one of libc. */
int fsync(int fd) {
  char link[64], name[600];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, name, sizeof name - 1);
  name[n > 0 ? n : 0] = '\0';
  if (calls_until_failure == 0) {
    note("failed", name);
    errno = EIO;
    return -1;
  }
  calls_until_failure -= calls_until_failure > 0;
  note("fsync", name);
  return (int)syscall(SYS_fsync, fd);
}

/* Stands in for the one of libc. */
int rename(const char *from, const char *to) {
  note("rename to", to);
  return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* Stands in for the one of libc. */
int unlink(const char *name) {
  if (note_unlinks)
    note("unlink", name);
  return unlinkat(AT_FDCWD, name, 0);
}

TestSuite(commit, .init = make_folder, .fini = remove_folder);

static const char one_commit[] = "fsync run.jsonl.gz; fsync run.jsonl.gz.manifest.json.tmp; "
                                 "rename to run.jsonl.gz.manifest.json; fsync folder; ";

Test(commit, order_of_the_disk) {
  rb_writer *writer = open_writer(false);
  cr_assert(strstr(notes, one_commit), "the header is committed: %s", notes);
  cr_assert_eq(strncmp(notes, "fsync folder; ", 14), 0, "the new file's name: %s", notes);
  notes[0] = '\0';
  add_cell(writer, 1);
  cr_assert_str_empty(notes);
  cr_assert(rb_writer_commit(writer, &err));
  cr_assert_str_eq(notes, one_commit);
  notes[0] = '\0';
  cr_assert(rb_writer_commit(writer, &err));
  cr_assert_str_empty(notes, "nothing new, nothing done");
  cr_assert(rb_writer_close(writer, true, &err));
  cr_assert_str_eq(notes, one_commit, "the end marker");
}

/* The first failure, at each of the three fsyncs of a commit, ends all use of the disk. */
Test(commit, failed_fsync_is_not_tried_again) {
  static const char *const last[] = {"failed run.jsonl.gz; ",
                                     "fsync run.jsonl.gz; failed run.jsonl.gz.manifest.json.tmp; ",
                                     "fsync run.jsonl.gz; fsync run.jsonl.gz.manifest.json.tmp; "
                                     "rename to run.jsonl.gz.manifest.json; failed folder; "};
  for (int i = 0; i < 3; i++) {
    rb_err first = {0};
    calls_until_failure = -1;
    rb_writer *writer = open_writer(true);
    add_cell(writer, 1);
    notes[0] = '\0';
    calls_until_failure = i;
    cr_assert_not(rb_writer_commit(writer, &first));
    cr_assert(first.kind == RB_FAILED && strstr(first.text, "Input/output error"), "%s",
              first.text);
    calls_until_failure = -1;
    struct stat before, after;
    stat(path, &before);
    rb_record *cell = make_cell(2);
    cr_assert_not(rb_writer_add(writer, cell, &err));
    cr_assert_str_eq(err.text, first.text);
    cr_assert_not(rb_writer_commit(writer, &err));
    cr_assert_not(rb_writer_close(writer, true, &err));
    cr_assert_str_eq(err.text, first.text);
    cr_assert_str_eq(notes, last[i]);
    stat(path, &after);
    cr_assert_eq(before.st_size, after.st_size, "neither written nor cut");
    rb_record_free(cell);
    calls_until_failure = -1;
  }
}

/* As soon as the trace's name is free, another run may begin there and write its own manifest. */
Test(commit, failed_begin_removes_the_manifest_first) {
  rb_record *header = make_header();
  rb_writer *writer = NULL;
  note_unlinks = true;
  calls_until_failure = 3; /* the folder of the manifest of the first commit */
  cr_assert_not(rb_writer_open(path, false, header, &writer, &err));
  const char *failure = strstr(notes, "failed folder; ");
  cr_assert(failure, "%s", notes);
  const char *manifest = strstr(failure, "unlink run.jsonl.gz.manifest.json; ");
  const char *trace = strstr(notes, "unlink run.jsonl.gz; ");
  cr_assert(manifest && trace && manifest < trace, "%s", notes);
  rb_record_free(header);
}
