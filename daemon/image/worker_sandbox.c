// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sandbox that foreign contents meet: package scripts, tar members, file system images. Links, absolute paths and
 * ".." can point wherever they like: all they reach is read-only, and with mapped ids also another user's.
 */
#include "daemon/image/worker.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/file.h"
#include "common/parse.h"

/*
 * Host ids that are handed to nobody: above what container managers and systemd's dynamic users take, below 2^31,
 * where some programs get signs wrong. Files with them exist only in a job's directory, while it runs.
 */
#define SANDBOX_ID_BASE	 0x7f000000u
#define SANDBOX_ID_COUNT 0x00ff0000u

static int mount_set_read_only(const char *path, bool read_only, unsigned int flags)
{
	struct mount_attr attr = { 0 };

	if (read_only)
		attr.attr_set = MOUNT_ATTR_RDONLY;
	else
		attr.attr_clr = MOUNT_ATTR_RDONLY;
	return mount_setattr(AT_FDCWD, path, flags, &attr, sizeof(attr));
}

static void sandbox_mounts(const struct sandbox *s)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		worker_fail(WORKER_SANDBOX, "cannot make the mounts private: %s", strerror(errno));
	if (!s->read_write) {
		if (mount(s->work_dir, s->work_dir, NULL, MS_BIND, NULL) < 0)
			worker_fail(WORKER_SANDBOX, "cannot mount %s on itself: %s", s->work_dir,
				    strerror(errno));
		if (mount_set_read_only("/", true, AT_RECURSIVE) < 0 ||
		    mount_set_read_only(s->work_dir, false, 0) < 0)
			worker_fail(WORKER_SANDBOX, "cannot make the mounts read-only: %s",
				    strerror(errno));
	}
	/* Refused where the host's own /proc is partly hidden (in containers); the tools can live with the old one. */
	(void)mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	/* Before the ids change: the way to the directory is closed to everyone but umld. */
	if (chdir(s->work_dir) < 0)
		worker_fail(WORKER_SANDBOX, "cannot enter %s: %s", s->work_dir, strerror(errno));
}

static void sandbox_become_root(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		worker_fail(WORKER_SANDBOX, "cannot become root of the user namespace: %s",
			    strerror(errno));
	/* Changing ids has cleared it. The read end of the pipe has told us already that the parent lives. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		worker_fail(WORKER_SANDBOX, "cannot set the parent death signal: %s",
			    strerror(errno));
}

static void __attribute__((noreturn))
sandbox_child(const struct sandbox *s, bool mapped, int go, int (*fn)(void *), void *ctx)
{
	sigset_t none;
	char c;

	/* The parent closes the pipe without a byte if it cannot map the ids, or dies. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || read(go, &c, 1) != 1)
		_exit(WORKER_SANDBOX);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	sandbox_mounts(s);
	if (mapped)
		sandbox_become_root();
	(void)umask(022);
	_exit(fn(ctx));
}

static int write_map(pid_t pid, const char *name, unsigned int host_first, unsigned int count)
{
	char path[64], line[64];
	cleanup_close int fd = -1;
	int len;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	len = snprintf(line, sizeof(line), "0 %u %u\n", host_first, count);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd_write_all(fd, line, (size_t)len);
}

/* First matching line "NAME:FIRST:COUNT" of /etc/subuid or /etc/subgid. */
static int subordinate_ids(const char *file, const char *user, uid_t uid, uint64_t *ret_first,
			   uint64_t *ret_count)
{
	cleanup_fclose FILE *f = fopen(file, "re");
	char line[256], number[16];

	if (!f)
		return -errno;
	(void)snprintf(number, sizeof(number), "%u", uid);
	while (fgets(line, sizeof(line), f)) {
		char *rest = NULL, *name = strtok_r(line, ":\n", &rest);
		char *first = strtok_r(NULL, ":\n", &rest), *count = strtok_r(NULL, ":\n", &rest);

		if (!name || !first || !count)
			continue;
		if (strcmp(name, user) != 0 && strcmp(name, number) != 0)
			continue;
		if (parse_u64(first, 1, UINT32_MAX, ret_first) == 0 &&
		    parse_u64(count, 1, UINT32_MAX, ret_count) == 0)
			return 0;
	}
	return -ENOENT;
}

static void map_subordinate(pid_t pid, const char *program, const char *file, const char *user,
			    unsigned int own_id)
{
	char text[5][16];
	uint64_t first = 0, count = 0;

	if (subordinate_ids(file, user, getuid(), &first, &count) < 0)
		worker_fail(WORKER_SANDBOX,
			    "%s has no line for %s: as root, run "
			    "'usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s'",
			    file, user, user);
	(void)snprintf(text[0], sizeof(text[0]), "%d", (int)pid);
	(void)snprintf(text[1], sizeof(text[1]), "%u", own_id);
	(void)snprintf(text[2], sizeof(text[2]), "%u", (unsigned int)first);
	(void)snprintf(text[3], sizeof(text[3]), "%u", (unsigned int)count);
	if (worker_run((const char *const[]){ program, text[0], "0", text[1], "1", "1", text[2],
					      text[3], NULL }) != 0)
		worker_fail(WORKER_SANDBOX, "%s failed (apt install uidmap)", program);
}

static void map_ids(pid_t pid)
{
	const struct passwd *pw;
	int r;

	if (geteuid() != 0) {
		pw = getpwuid(getuid());
		if (!pw)
			worker_fail(WORKER_SANDBOX, "user %u has no name", getuid());
		map_subordinate(pid, "newuidmap", "/etc/subuid", pw->pw_name, getuid());
		map_subordinate(pid, "newgidmap", "/etc/subgid", pw->pw_name, getgid());
		return;
	}
	r = write_map(pid, "uid_map", SANDBOX_ID_BASE, SANDBOX_ID_COUNT);
	if (r == 0)
		r = write_map(pid, "gid_map", SANDBOX_ID_BASE, SANDBOX_ID_COUNT);
	if (r < 0)
		worker_fail(WORKER_SANDBOX, "cannot map ids: %s", strerror(-r));
}

uid_t sandbox_root_id(bool map)
{
	if (geteuid() != 0)
		return geteuid();
	return map ? SANDBOX_ID_BASE : 0;
}

pid_t sandbox_start(const struct sandbox *s, int (*fn)(void *ctx), void *ctx)
{
	bool mapped = s->map_ids || geteuid() != 0;
	unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | SIGCHLD | (mapped ? CLONE_NEWUSER : 0);
	int go[2];
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		worker_fail(WORKER_SANDBOX, "cannot make a pipe: %s", strerror(errno));
	(void)fflush(NULL);
	/* As fork, with the namespaces made at the same moment: the child is PID 1 of its own. */
	pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (pid < 0)
		worker_fail(WORKER_SANDBOX, "cannot make namespaces: %s", strerror(errno));
	if (pid == 0) {
		(void)close(go[1]);
		sandbox_child(s, mapped, go[0], fn, ctx);
	}
	(void)close(go[0]);
	if (mapped)
		map_ids(pid);
	if (fd_write_all(go[1], "g", 1) < 0)
		worker_fail(WORKER_SANDBOX, "the sandbox has gone");
	(void)close(go[1]);
	return pid;
}
