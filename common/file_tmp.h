/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside common/ only: temporary files on their way to a rename. Their maker holds flock(2) on them
 * while they are under construction, so that file_remove_stale_tmp of another process takes only
 * what a crash left.
 */
#ifndef COMMON_FILE_TMP_H
#define COMMON_FILE_TMP_H

#include <limits.h>
#include <sys/types.h>

/*
 * Make "<path>.tmp-<16 hex digits>", locked, with exactly that mode. Returns its descriptor; tmp
 * gets its path.
 */
int file_tmp_create(int dirfd, const char *path, mode_t mode, char tmp[PATH_MAX]);

/* fsync the directory that holds path. */
int file_parent_sync(int dirfd, const char *path);

/*
 * Split at the last slash, trailing slashes dropped. -EINVAL if the last word is empty, "." or
 * "..".
 */
int path_split(const char *path, char parent[PATH_MAX], char name[NAME_MAX + 1]);

#endif
