// SPDX-License-Identifier: GPL-2.0-or-later
/* See child_reaper.h. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "daemon/monitor/child_reaper.h"

/* Field 4 of /proc/PID/stat; the name in field 2 may contain anything, so look behind the last ')'. -1 if it is gone. */
static long parent_of(int proc_fd, const char *pid)
{
	char path[32], text[512];
	cleanup_close int fd = -1;
	const char *p;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%.12s/stat", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	p = strrchr(text, ')');
	if (!p || strlen(p) < 5) /* ") S 1" */
		return -1;
	return strtol(p + 4, NULL, 10);
}

void children_kill(void)
{
	DIR *dir = opendir("/proc");
	const struct dirent *e;
	long self = getpid();

	if (!dir)
		return;
	while ((e = readdir(dir)) != NULL) {
		uint64_t pid;

		if (parse_u64(e->d_name, 1, INT32_MAX, &pid) == 0 &&
		    parent_of(dirfd(dir), e->d_name) == self)
			(void)kill((pid_t)pid, SIGKILL);
	}
	(void)closedir(dir);
}
