// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * umld-image-worker: see worker.h for what umld may rely on. This file is the order of the stages; the outer process and the
 * sandbox meet in DIR/work, which belongs to the sandbox's root.
 */
#include "daemon/image/worker.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/parse.h"

struct worker {
	char dir[4096], work[4096];
	uint64_t size_bytes;
	/* build */
	const char *scripts, *suite, *packages, *mirror;
	/* import */
	uid_t owner;
	enum source_kind kind;
	const char *tar_option;
	int tar_pipe; /* where the sandbox reads the archive from */
};

/* --- in the sandbox ------------------------------------------------------------------------------ */

static int build_in_sandbox(void *ctx)
{
	const struct worker *w = ctx;
	char script[4096], customize[4096], tree[4096];

	if (path_join(script, sizeof(script), w->scripts, "debian-build.sh") < 0 ||
	    path_join(customize, sizeof(customize), w->scripts, "debian-customize.sh") < 0 ||
	    path_join(tree, sizeof(tree), w->work, "tree") < 0)
		worker_fail(WORKER_FAILED, "path too long");
	if (setenv("TMPDIR", w->work, 1) < 0 || setenv("UMLD_CUSTOMIZE", customize, 1) < 0)
		worker_fail(WORKER_FAILED, "out of memory");
	if (worker_run((const char *const[]){ "sh", script, tree, w->suite, w->packages, w->mirror,
					      NULL }) != 0)
		return WORKER_FAILED;
	tree_to_disk(w->size_bytes);
	return 0;
}

/*
 * GNU tar removes leading slashes, refuses ".." and puts placeholders where links lead out until the end; that everything
 * around is read-only is the second line. Device nodes cannot be made here and need not be: the guest has devtmpfs.
 */
static int extract_in_sandbox(void *ctx)
{
	const struct worker *w = ctx;
	const char *argv[20] = { "tar",
				 "--extract",
				 "--file=-",
				 "--directory=tree",
				 "--numeric-owner",
				 "--same-owner",
				 "--preserve-permissions",
				 "--xattrs",
				 "--xattrs-include=user.*",
				 "--xattrs-include=security.capability",
				 "--anchored",
				 "--exclude=dev/*",
				 "--exclude=./dev/*",
				 w->tar_option };

	if (mkdir("tree", 0755) < 0)
		worker_fail(WORKER_FAILED, "cannot make the tree: %s", strerror(errno));
	if (dup2(w->tar_pipe, STDIN_FILENO) < 0)
		worker_fail(WORKER_FAILED, "cannot open the archive: %s", strerror(errno));
	worker_phase(100, "unpacking");
	if (worker_run(argv) != 0)
		worker_fail(WORKER_FAILED, "tar could not unpack the archive");
	tree_to_disk(w->size_bytes);
	return 0;
}

static int grow_in_sandbox(void *ctx)
{
	int status;

	(void)ctx;
	worker_phase(700, "checking the file system");
	status = worker_run((const char *const[]){ "e2fsck", "-f", "-p", "disk.img", NULL });
	/* 256: exit status 1, errors were corrected. */
	if (status != 0 && status != 256)
		worker_fail(WORKER_FAILED, "the file system needs e2fsck");
	worker_phase(800, "growing the file system");
	if (worker_run((const char *const[]){ "resize2fs", "disk.img", NULL }) != 0)
		worker_fail(WORKER_FAILED, "resize2fs failed");
	return 0;
}

/* --- outside ------------------------------------------------------------------------------------- */

static int remove_in_sandbox(void *ctx)
{
	const char *path = ctx;

	/* Directories that a build has left unreadable to their owner are no obstacle to root, here or outside. */
	if (worker_run((const char *const[]){ "rm", "-rf", "--one-file-system", "--", path,
					      NULL }) != 0)
		return WORKER_FAILED;
	return 0;
}

/* Without root the tree belongs to subordinate ids, which only a user namespace may remove. */
static void remove_all(char *path)
{
	struct sandbox s = { .work_dir = "/", .read_write = true };
	pid_t pid;

	if (geteuid() == 0) {
		pid = worker_fork();
		if (pid == 0)
			_exit(remove_in_sandbox(path));
	} else {
		pid = sandbox_start(&s, remove_in_sandbox, path);
	}
	if (worker_wait_all(&pid, 1) != 0)
		_exit(WORKER_FAILED);
}

/* DIR/work and the disk file in it, both the sandbox's. */
static int make_work(struct worker *w, bool map_ids)
{
	uid_t root = sandbox_root_id(map_ids);
	char disk[4096];
	int fd;

	if (path_join(w->work, sizeof(w->work), w->dir, "work") < 0 ||
	    path_join(disk, sizeof(disk), w->work, "disk.img") < 0)
		worker_fail(WORKER_FAILED, "path too long");
	if (mkdir(w->work, 0700) < 0)
		worker_fail(WORKER_FAILED, "cannot make %s: %s", w->work, strerror(errno));
	fd = open(disk, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		worker_fail(WORKER_FAILED, "cannot make %s: %s", disk, strerror(errno));
	if (geteuid() == 0 && (fchown(fd, root, root) < 0 || chown(w->work, root, root) < 0))
		worker_fail(WORKER_FAILED, "cannot hand %s over: %s", w->work, strerror(errno));
	return fd;
}

/*
 * What the sandbox has made is taken by name, not trusted to be what it was: a plain file with one name and a file
 * system in it, or nothing.
 */
static void publish(struct worker *w)
{
	char from[4096], to[4096];
	cleanup_close int fd = -1;
	const char *why = NULL;
	uint64_t fs_bytes;
	struct stat st;

	if (path_join(from, sizeof(from), w->work, "disk.img") < 0 ||
	    path_join(to, sizeof(to), w->dir, "disk.img") < 0)
		worker_fail(WORKER_FAILED, "path too long");
	fd = open(from, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		worker_fail(WORKER_FAILED, "cannot open the disk file: %s", strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		worker_fail(WORKER_FAILED, "the disk file has been replaced");
	if (ext_check(fd, &fs_bytes, &why) < 0)
		worker_fail(WORKER_FAILED, "the image is not usable: %s", why);
	worker_phase(950, "writing to the disk");
	/* A guest's disk is whole blocks. */
	if (st.st_size % 4096 != 0 && ftruncate(fd, (st.st_size + 4095) / 4096 * 4096) < 0)
		worker_fail(WORKER_FAILED, "cannot extend the disk file: %s", strerror(errno));
	if (fchown(fd, geteuid(), getegid()) < 0 || fchmod(fd, 0444) < 0 || fsync(fd) < 0)
		worker_fail(WORKER_FAILED, "cannot write the disk file: %s", strerror(errno));
	if (rename(from, to) < 0)
		worker_fail(WORKER_FAILED, "cannot move the disk file: %s", strerror(errno));
	remove_all(w->work);
}

static void run_in_sandbox(struct worker *w, bool map_ids, int (*fn)(void *ctx), pid_t reader)
{
	const struct sandbox s = { .work_dir = w->work, .map_ids = map_ids };
	pid_t pids[2] = { sandbox_start(&s, fn, w), reader };

	if (w->tar_pipe > 0)
		(void)close(w->tar_pipe);
	if (worker_wait_all(pids, reader > 0 ? 2 : 1) != 0)
		_exit(WORKER_FAILED);
}

static void build(struct worker *w)
{
	(void)close(make_work(w, false));
	run_in_sandbox(w, false, build_in_sandbox, 0);
	publish(w);
}

/* umld's rights shall not read for a client what it may not read itself. */
static void become_owner(uid_t owner)
{
	const struct passwd *pw;

	if (geteuid() != 0 || owner == 0)
		return;
	pw = getpwuid(owner);
	if (!pw)
		worker_fail(WORKER_FAILED, "user %u has no name", owner);
	if (initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(owner, owner, owner) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		worker_fail(WORKER_FAILED, "cannot become user %s: %s", pw->pw_name,
			    strerror(errno));
}

/* Send the source as a tar stream: the archive's bytes, or a directory packed with the owner's rights. */
static pid_t start_reader(struct worker *w)
{
	int ends[2];
	pid_t pid;

	if (w->kind == SOURCE_TAR) {
		if (lseek(WORKER_SOURCE_FD, 0, SEEK_SET) < 0)
			worker_fail(WORKER_FAILED, "cannot rewind the archive: %s",
				    strerror(errno));
		w->tar_pipe = WORKER_SOURCE_FD;
		return 0;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		worker_fail(WORKER_FAILED, "cannot make a pipe: %s", strerror(errno));
	pid = worker_fork();
	if (pid == 0) {
		become_owner(w->owner);
		if (fchdir(WORKER_SOURCE_FD) < 0)
			worker_fail(WORKER_FAILED, "cannot enter the directory: %s",
				    strerror(errno));
		if (dup2(ends[1], STDOUT_FILENO) < 0)
			worker_fail(WORKER_FAILED, "cannot write to the pipe: %s", strerror(errno));
		execlp("tar", "tar", "--create", "--file=-", "--numeric-owner", "--one-file-system",
		       "--sparse", "--xattrs", "--xattrs-include=user.*",
		       "--xattrs-include=security.capability", "--anchored", "--exclude=./dev/*",
		       ".", (char *)NULL);
		worker_fail(WORKER_EXEC, "cannot run tar: %s", strerror(errno));
	}
	(void)close(ends[1]);
	w->tar_pipe = ends[0];
	return pid;
}

static void import_tree(struct worker *w)
{
	pid_t reader;

	(void)close(make_work(w, true));
	reader = start_reader(w);
	run_in_sandbox(w, true, extract_in_sandbox, reader);
	publish(w);
}

static void copy_image(int disk, uint64_t size_bytes)
{
	const char *why = NULL;
	uint64_t fs_bytes;
	struct stat st;
	int r;

	worker_phase(50, "copying");
	r = file_copy_sparse(WORKER_SOURCE_FD, disk);
	if (r < 0)
		worker_fail(WORKER_FAILED, "cannot copy the image: %s", strerror(-r));
	/* The copy is what counts: the client may write to the source meanwhile. */
	if (ext_check(disk, &fs_bytes, &why) < 0)
		worker_fail(WORKER_FAILED, "the image is not usable: %s", why);
	if (size_bytes == 0)
		return;
	if (fstat(disk, &st) < 0 || (uint64_t)st.st_size > size_bytes)
		worker_fail(WORKER_FAILED, "the image is larger than the size asked for");
	if (ftruncate(disk, (off_t)(size_bytes / 4096 * 4096)) < 0)
		worker_fail(WORKER_FAILED, "cannot extend the image: %s", strerror(errno));
}

static void import_image(struct worker *w)
{
	int disk = make_work(w, true);
	pid_t copier = worker_fork();

	if (copier == 0) {
		copy_image(disk, w->size_bytes);
		_exit(0);
	}
	(void)close(disk);
	if (worker_wait_all(&copier, 1) != 0)
		_exit(WORKER_FAILED);
	if (w->size_bytes > 0)
		run_in_sandbox(w, true, grow_in_sandbox, 0);
	publish(w);
}

static void import(struct worker *w)
{
	int r;

	/* The tools get the archive as their standard input or nothing, above all not a way out of the sandbox. */
	if (fcntl(WORKER_SOURCE_FD, F_SETFD, FD_CLOEXEC) < 0)
		worker_fail(WORKER_USAGE, "descriptor 3 is not open");
	r = source_detect(WORKER_SOURCE_FD, &w->kind, &w->tar_option);

	if (r == -EBADMSG)
		worker_fail(WORKER_FAILED,
			    "the source is neither an ext2, ext3 or ext4 image nor a "
			    "directory nor a tar archive");
	if (r < 0)
		worker_fail(WORKER_FAILED, "cannot read the source: %s", strerror(-r));
	if (w->kind == SOURCE_EXT)
		import_image(w);
	else
		import_tree(w);
}

/* Nothing of umld's environment reaches package scripts but the way to a proxy. */
static void clean_environment(void)
{
	static const char *const keep[] = { "http_proxy", "https_proxy", "no_proxy" };
	char *values[ARRAY_SIZE(keep)];

	for (size_t i = 0; i < ARRAY_SIZE(keep); i++) {
		const char *v = getenv(keep[i]);

		values[i] = v ? strdup(v) : NULL;
	}
	(void)clearenv();
	for (size_t i = 0; i < ARRAY_SIZE(keep); i++) {
		if (values[i])
			(void)setenv(keep[i], values[i], 1);
		free(values[i]);
	}
	if (setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0 ||
	    setenv("LC_ALL", "C", 1) < 0 || setenv("HOME", "/", 1) < 0)
		worker_fail(WORKER_FAILED, "out of memory");
}

int main(int argc, char **argv)
{
	static struct worker w;
	uint64_t number;

	if (argc < 4 || parse_u64(argv[1], 1, INT32_MAX, &number) < 0 || argv[3][0] != '/' ||
	    strlen(argv[3]) >= sizeof(w.dir))
		worker_fail(WORKER_USAGE, "umld-image-worker is started by umld");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != (pid_t)number)
		_exit(WORKER_FAILED);
	memcpy(w.dir, argv[3], strlen(argv[3]) + 1);
	clean_environment();
	worker_block_signals();
	(void)umask(022);
	if (strcmp(argv[2], "remove") == 0 && argc == 4) {
		remove_all(w.dir);
		return 0;
	}
	if (argc < 6 || parse_u64(argv[4], 0, INT64_MAX, &w.size_bytes) < 0)
		worker_fail(WORKER_USAGE, "umld-image-worker: wrong arguments");
	if (strcmp(argv[2], "build") == 0 && argc == 9) {
		w.scripts = argv[5];
		w.suite = argv[6];
		w.packages = argv[7];
		w.mirror = argv[8];
		build(&w);
	} else if (strcmp(argv[2], "import") == 0 && argc == 6 &&
		   parse_u64(argv[5], 0, UINT32_MAX - 1, &number) == 0) {
		w.owner = (uid_t)number;
		import(&w);
	} else {
		worker_fail(WORKER_USAGE, "umld-image-worker: wrong arguments");
	}
	return 0;
}
