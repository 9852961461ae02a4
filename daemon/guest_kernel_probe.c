// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding a guest kernel's program and asking it what it can do: `PROGRAM --help` and `PROGRAM --version` are run
 * once for each (device, inode, size, mtime) with their output and their time bounded, and the answer is kept in a small table in memory.
 *
 * Not thread-safe: the table belongs to the loop's thread.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "common/file.h"
#include "daemon/guest_kernel.h"

#define PROBE_TIMEOUT_MS  10000
#define PROBE_OUTPUT_MAX  (64u * 1024)
#define PROBE_CACHE_SLOTS 16

/* --- locating ----------------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Absolute directories only: a relative one would make the answer depend on where umld was started. */
static char *search_dirs(const char *dirs, const char *name)
{
	char path[PATH_MAX];

	for (const char *p = dirs; p && *p;) {
		size_t len = strcspn(p, ":");
		int n = snprintf(path, sizeof(path), "%.*s/%s", (int)len, p, name);

		if (*p == '/' && n > 0 && (size_t)n < sizeof(path) && is_program(path))
			return strdup(path);
		p += len;
		p += *p == ':';
	}
	return NULL;
}

/*
 * Beside umld: in the build tree it was built in, or in the bin directory of the place that it is installed in. What the running program is decides, so
 * an installed umld never starts anything from somebody's home directory.
 */
static char *search_beside(const char *name)
{
	static const char *const beside[] = { "../../guest-kernel/boot", "../bin" };
	char self[PATH_MAX], path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		int len = snprintf(path, sizeof(path), "%s/%s/%s", self, beside[i], name);

		if (len > 0 && (size_t)len < sizeof(path) && is_program(path))
			return realpath(path, NULL);
	}
	return NULL;
}

int guest_kernel_locate(const struct guest_kernel *k, const char *program, char **ret_path,
			struct error *err)
{
	char *path = NULL;

	if (program && *program) {
		if (*program != '/')
			return error_set(err, ERROR_USAGE, "invalid-path",
					 "kernel '%s' is not an absolute path", program);
		if (is_program(program))
			path = strdup(program);
	} else {
		path = search_beside(k->default_program);
		if (!path)
			path = search_dirs(getenv("PATH"), k->default_program);
		if (!path)
			path = search_dirs("/usr/local/bin:/usr/bin:/bin", k->default_program);
	}
	if (path) {
		*ret_path = path;
		return 0;
	}
	(void)error_set(err, ERROR_NOT_FOUND, "kernel-not-found", "there is no kernel program '%s'",
			program && *program ? program : k->default_program);
	if (strcmp(k->name, "linux.uml") == 0)
		error_hint(err, "apt install user-mode-linux");
	return -ENOENT;
}

/* --- running ------------------------------------------------------------------------------------ */

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int probe_spawn(const char *path, const char *option, int out_fd, pid_t *ret_pid)
{
	char *argv[] = { strdup(path), strdup(option), NULL };
	char env_path[] = "PATH=/usr/bin:/bin", env_home[] = "HOME=/";
	char *envp[] = { env_path, env_home, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, out_fd, 1);
	(void)posix_spawn_file_actions_adddup2(&actions, out_fd, 2);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setpgroup(&attr, 0);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	r = argv[0] && argv[1] ? posix_spawn(ret_pid, path, &actions, &attr, argv, envp) : ENOMEM;
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&actions);
	free(argv[0]);
	free(argv[1]);
	return -r;
}

/* Read until end of file, the bound or the deadline. 0 or -ETIMEDOUT, -EFBIG, -errno. */
static int probe_read(int fd, int64_t deadline_ms, char *buf, size_t size)
{
	size_t have = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline_ms - now_ms();
		int n = left > 0 ? poll(&p, 1, (int)left) : 0;
		ssize_t got;

		if (n == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		got = read(fd, buf + have, size - 1 - have);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			have += (size_t)got;
		buf[have] = '\0';
		if (got == 0)
			return 0;
		if (have == size - 1)
			return -EFBIG;
	}
}

/* The output of PROGRAM OPTION, NUL-terminated in buf. The program's whole process group is gone afterwards. */
static int probe_run(const char *path, const char *option, char *buf, size_t size,
		     struct error *err)
{
	int fds[2];
	pid_t pid = -1;
	int r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(err, errno, "cannot make a pipe");
	cleanup_close int out = fds[0];

	r = probe_spawn(path, option, fds[1], &pid);
	(void)close(fds[1]);
	if (r < 0)
		return error_set_errno(err, r, "cannot run '%s %s'", path, option);
	r = probe_read(out, now_ms() + PROBE_TIMEOUT_MS, buf, size);
	(void)kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (r == -ETIMEDOUT)
		return error_set(err, ERROR_TIMED_OUT, "kernel-probe-timeout",
				 "'%s %s' did not end within %d s", path, option,
				 PROBE_TIMEOUT_MS / 1000);
	if (r < 0)
		return error_set_errno(err, r, "cannot read the output of '%s %s'", path, option);
	return 0;
}

/* --- the answer --------------------------------------------------------------------------------- */

/* Exit statuses and more differ between kernels: one that runs as another would be misunderstood. */
static int version_check(const struct guest_kernel *k, const char *path, const char *text,
			 struct error *err)
{
	const struct guest_kernel *is = NULL;

	for (const struct guest_kernel *row = kernel_table; row->name; row++)
		if (row->version_word &&
		    strncmp(text, row->version_word, strlen(row->version_word)) == 0)
			is = row;
	if (is == k || (!is && !k->version_word))
		return 0;
	(void)error_set(err, ERROR_USAGE, "kernel-mismatch", "'%s' is not the kernel '%s'", path,
			k->name);
	error_hint(err, "name the kernel that it is");
	return -EINVAL;
}

/* The first line that starts with a digit, e.g. "6.1.176"; anything unprintable ends it. */
static void features_set_version(struct kernel_features *f, const char *text)
{
	const char *p = text;
	size_t n = 0;

	while (*p && (*p < '0' || *p > '9')) {
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	while (p[n] > ' ' && p[n] < 0x7f && n < sizeof(f->version) - 1)
		n++;
	memcpy(f->version, p, n);
	f->version[n] = '\0';
}

struct probe_slot {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	const struct guest_kernel *kernel; /* NULL: free */
	struct kernel_features features;
};

static struct probe_slot probe_cache[PROBE_CACHE_SLOTS];
static unsigned int probe_next;

static struct probe_slot *probe_find(const struct guest_kernel *k, const struct stat *st)
{
	for (unsigned int i = 0; i < PROBE_CACHE_SLOTS; i++) {
		struct probe_slot *s = &probe_cache[i];

		if (s->kernel == k && s->dev == st->st_dev && s->ino == st->st_ino &&
		    s->size == st->st_size && s->mtime.tv_sec == st->st_mtim.tv_sec &&
		    s->mtime.tv_nsec == st->st_mtim.tv_nsec)
			return s;
	}
	return NULL;
}

int guest_kernel_probe(const struct guest_kernel *k, const char *path, struct kernel_features *ret,
		       struct error *err)
{
	cleanup_free char *text = NULL;
	struct kernel_features f = { 0 };
	struct probe_slot *slot;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return error_set_errno(err, errno, "cannot use the kernel '%s'", path);
	slot = probe_find(k, &st);
	if (slot) {
		*ret = slot->features;
		return 0;
	}
	text = calloc(1, PROBE_OUTPUT_MAX);
	if (!text)
		return error_set_errno(err, ENOMEM, "cannot ask the kernel '%s'", path);
	r = probe_run(path, "--help", text, PROBE_OUTPUT_MAX, err);
	if (r < 0)
		return r;
	/* As Linux describes it, as umlk does. */
	f.net_eth_tuntap = strstr(text, "eth[0-9]+=") || strstr(text, "eth0=");
	f.net_vec_tap = strstr(text, "vec[0-9]+:") != NULL;
	f.smp = strstr(text, "ncpus=") != NULL;
	r = probe_run(path, "--version", text, PROBE_OUTPUT_MAX, err);
	if (r < 0)
		return r;
	r = version_check(k, path, text, err);
	if (r < 0)
		return r;
	features_set_version(&f, text + (k->version_word ? strlen(k->version_word) : 0));
	probe_cache[probe_next] =
		(struct probe_slot){ st.st_dev, st.st_ino, st.st_size, st.st_mtim, k, f };
	probe_next = (probe_next + 1) % PROBE_CACHE_SLOTS;
	*ret = f;
	return 0;
}
