// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store with real workers: does an image appear whole or not at all, whatever is imported, cancelled or
 * killed? Each test has a state directory of its own. Imports need namespaces; where the host refuses them the
 * program says so and is skipped (77).
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/image/image_store.h"
#include "tests/image/fake_jobs.h"

struct fixture {
	uv_loop_t loop;
	struct paths paths;
	struct jobs jobs;
	struct images *im;
	char root[64];
};

static void shell(const char *fmt, ...) printf_like(1, 2);
static void shell(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

static void store_open(struct fixture *f, const char *mini)
{
	cleanup_error struct error err = ERROR_INIT;

	if (images_new(&f->loop, &f->paths, mini, &f->jobs, &f->im, &err) < 0)
		fail_msg("%s", err.message);
}

/* Let everything that was begun come to its end. */
static void store_close(struct fixture *f)
{
	images_free(f->im);
	f->im = NULL;
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->root, sizeof(f->root), "/var/tmp/umld-images-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	(void)snprintf(f->paths.state, sizeof(f->paths.state), "%s/state", f->root);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->im)
		store_close(f);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	shell("rm -rf %s", f->root);
	free(f);
	return 0;
}

static unsigned int count_entries(const char *dir)
{
	unsigned int n = 0;
	DIR *d = opendir(dir);

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static void assert_nothing_left(struct fixture *f)
{
	/* Deleted directories go in the background. */
	while (!LIST_EMPTY(&f->im->running))
		(void)uv_run(&f->loop, UV_RUN_ONCE);
	assert_int_equal(count_entries(f->im->tmp), 0);
}

static void wait_end(struct fixture *f, struct job *job)
{
	while (!job->ended)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
}

static struct job *import_start(struct fixture *f, const char *name, const char *path,
				uint64_t size, uid_t owner)
{
	cleanup_error struct error err = ERROR_INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct job *job = NULL;

	assert_true(fd >= 0);
	if (images_import(f->im, name, fd, size, owner, &job, &err) < 0)
		fail_msg("%s", err.message);
	return job;
}

/* Import and expect success; returns the disk's path. */
static const char *import_ok(struct fixture *f, const char *name, const char *path, uint64_t size)
{
	struct job *job = import_start(f, name, path, size, geteuid());
	const char *disk = NULL;

	wait_end(f, job);
	if (error_is_set(&job->err))
		fail_msg("%s: %s", job->err.message, job->err.hint ? job->err.hint : "");
	assert_string_equal(json_object_get_string(json_object_object_get(job->result, "image")),
			    name);
	fake_job_free(job);
	assert_int_equal(images_disk_path(f->im, name, &disk, NULL), 0);
	assert_nothing_left(f);
	return disk;
}

/* Import and expect a failure whose hint has a word in it; nothing may stay. */
static void import_fails(struct fixture *f, const char *path, uint64_t size, uid_t owner,
			 const char *word)
{
	struct job *job = import_start(f, "bad", path, size, owner);

	wait_end(f, job);
	assert_int_equal(job->err.code, ERROR_FAILED);
	assert_string_equal(job->err.reason, "image-failed");
	assert_non_null(job->err.hint);
	if (!strstr(job->err.hint, word))
		fail_msg("'%s' is not in: %s", word, job->err.hint);
	fake_job_free(job);
	assert_null(images_find(f->im, "bad"));
	assert_nothing_left(f);
	assert_int_equal(count_entries(f->im->dir), f->im->n_images);
}

/* --- without workers ------------------------------------------------------------------------------ */

static void test_empty_store(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct fixture *f = *state;
	struct json_object *list;
	const char *path = "untouched";

	store_open(f, NULL);
	list = images_list(f->im);
	assert_int_equal(json_object_array_length(list), 0);
	json_object_put(list);
	assert_int_equal(images_disk_path(f->im, "mini", &path, &err), -ENOENT);
	assert_string_equal(path, "untouched");
	assert_string_equal(err.reason, "image-not-found");
	assert_string_equal(err.hint, "umlctl image list");
	assert_null(images_show(f->im, "x", &err));
	assert_int_equal(images_delete(f->im, "x", &err), -ENOENT);
}

static void test_mini_comes_on_first_use(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct fixture *f = *state;
	struct json_object *show;
	const char *path = NULL;
	char mini[128];
	struct stat st;

	(void)snprintf(mini, sizeof(mini), "%s/mini.img", f->root);
	shell("truncate -s 1M %s && echo x >> %s", mini, mini);
	store_open(f, mini);
	show = images_show(f->im, "mini", NULL);
	assert_non_null(show);
	assert_null(json_object_object_get(show, "created"));
	json_object_put(show);
	assert_int_equal(count_entries(f->im->dir), 0);

	assert_int_equal(images_disk_path(f->im, "mini", &path, NULL), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
	shell("cmp %s %s", mini, path);
	show = images_show(f->im, "mini", NULL);
	assert_string_equal(json_object_get_string(json_object_object_get(show, "origin")), "mini");
	assert_int_equal(json_object_get_int64(json_object_object_get(show, "size")), st.st_size);
	json_object_put(show);
	assert_int_equal(count_entries(f->im->tmp), 0);

	/* It is the same after a restart, and not made again. */
	store_close(f);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	shell("rm %s", mini);
	store_open(f, mini);
	assert_int_equal(images_disk_path(f->im, "mini", &path, NULL), 0);
	assert_int_equal(images_delete(f->im, "mini", &err), 0);
	assert_int_equal(images_disk_path(f->im, "mini", &path, NULL), -ENOENT);
	assert_nothing_left(f);
	assert_int_equal(count_entries(f->im->dir), 0);
}

static void test_damaged_images_are_left_out(void **state)
{
	static const char *const files[] = {
		"{",
		"[]",
		"{\"version\":1}",
		"{\"version\":2,\"name\":\"bad\",\"size\":4096,\"origin\":\"x\"}",
		"{\"version\":1,\"name\":\"other\",\"size\":4096,\"origin\":\"x\"}",
		"{\"version\":1,\"name\":\"bad\",\"size\":4097,\"origin\":\"x\"}",
		"{\"version\":1,\"name\":\"bad\",\"size\":\"4096\",\"origin\":\"x\"}",
		"{\"version\":1,\"name\":\"bad\",\"size\":4096,\"origin\":\"far-too-long-a-word\"}",
		"{\"version\":1,\"name\":\"bad\",\"size\":4096,\"origin\":7}",
	};
	struct fixture *f = *state;

	shell("mkdir -p %s/images/bad %s/images/UPPER %s/images/good", f->paths.state,
	      f->paths.state, f->paths.state);
	shell("cd %s/images; truncate -s 4096 bad/disk.img good/disk.img", f->paths.state);
	shell("cd %s/images; printf '%%s' '{\"version\":1,\"name\":\"good\",\"size\":4096,"
	      "\"origin\":\"x\"}' > good/image.json",
	      f->paths.state);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		shell("printf '%%s' '%s' > %s/images/bad/image.json", files[i], f->paths.state);
		store_open(f, NULL);
		assert_null(images_find(f->im, "bad"));
		assert_non_null(images_find(f->im, "good"));
		assert_int_equal(f->im->n_images, 1);
		images_free(f->im);
		f->im = NULL;
	}
}

static void test_bad_requests_start_nothing(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct fixture *f = *state;
	struct image_build b = { .name = "../x", .suite = "bookworm", .size_bytes = 1ull << 30 };
	struct job *job = NULL;

	store_open(f, "/bin/sh");
	assert_int_equal(images_build(f->im, &b, 0, &job, &err), -EINVAL);
	b.name = "mini";
	assert_int_equal(images_build(f->im, &b, 0, &job, &err), -EBUSY);
	assert_string_equal(err.reason, "image-exists");
	b.name = "x";
	b.suite = "--verbose";
	assert_int_equal(images_build(f->im, &b, 0, &job, &err), -EINVAL);
	assert_int_equal(images_import(f->im, "x", -1, 0, 0, &job, &err), -EINVAL);
	b.suite = "bookworm";
	f->jobs.refuse = true;
	assert_int_equal(images_build(f->im, &b, 0, &job, &err), -EBUSY);
	assert_null(job);
	assert_int_equal(f->jobs.n_running, 0);
	assert_int_equal(count_entries(f->im->tmp), 0);
}

/* --- with workers -------------------------------------------------------------------------------- */

static void make_tree(struct fixture *f)
{
	shell("mkdir -p %s/tree/etc %s/tree/dev && cd %s/tree && echo hello > etc/motd && "
	      "chmod 4755 etc/motd && ln -s /etc/passwd etc/link && ln etc/motd hard && "
	      "mknod dev/sda b 8 0 2>/dev/null || true",
	      f->root, f->root, f->root);
	if (geteuid() == 0)
		shell("chown 1234:4321 %s/tree/etc/motd && chmod 4755 %s/tree/etc/motd", f->root,
		      f->root);
}

static void check_tree_image(const char *disk)
{
	shell("e2fsck -fn %s >/dev/null 2>&1", disk);
	shell("test \"$(debugfs -R 'cat /etc/motd' %s 2>/dev/null)\" = hello", disk);
	shell("debugfs -R 'stat /etc/motd' %s 2>/dev/null | grep -q 'Mode:  04755'", disk);
	shell("debugfs -R 'stat /etc/link' %s 2>/dev/null | grep -q 'dest: \"/etc/passwd\"'", disk);
	shell("debugfs -R 'stat /hard' %s 2>/dev/null | grep -q 'Links: 2'", disk);
	shell("! debugfs -R 'stat /dev/sda' %s 2>/dev/null | grep -q Inode", disk);
	/* Owners are taken as they are. */
	shell("debugfs -R 'stat /etc' %s 2>/dev/null | grep -q 'User: *%u   Group: *%u'", disk,
	      geteuid(), getegid());
	if (geteuid() == 0)
		shell("debugfs -R 'stat /etc/motd' %s 2>/dev/null | "
		      "grep -q 'User:  1234   Group:  4321'",
		      disk);
}

static void test_import_directory(void **state)
{
	struct fixture *f = *state;
	const char *disk;
	char path[128];
	struct stat st;

	store_open(f, NULL);
	make_tree(f);
	(void)snprintf(path, sizeof(path), "%s/tree", f->root);
	disk = import_ok(f, "dir", path, 0);
	check_tree_image(disk);
	assert_int_equal(lstat(disk, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
	assert_int_equal(st.st_uid, geteuid());
	assert_true(st.st_size >= 256 << 20);
	disk = import_ok(f, "small", path, 16 << 20);
	assert_int_equal(lstat(disk, &st), 0);
	assert_int_equal(st.st_size, 16 << 20);
	/* Too small for its contents: mke2fs's own words reach the client. */
	shell("head -c 3000000 /dev/urandom > %s/big", path);
	import_fails(f, path, 2 << 20, geteuid(), "mke2fs failed");
}

static void test_import_tar(void **state)
{
	static const char *const options[] = { "", "--gzip", "--xz" };
	struct fixture *f = *state;
	char path[128], name[16];

	store_open(f, NULL);
	make_tree(f);
	(void)snprintf(path, sizeof(path), "%s/archive", f->root);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		shell("tar -C %s/tree %s -cf %s .", f->root, options[i], path);
		(void)snprintf(name, sizeof(name), "tar%zu", i);
		check_tree_image(import_ok(f, name, path, 16 << 20));
	}
	/* Cut off in the middle. */
	shell("head -c 20000 /dev/urandom > %s/tree/random", f->root);
	shell("tar -C %s/tree -czf - . | head -c 10000 > %s", f->root, path);
	import_fails(f, path, 0, geteuid(), "tar could not unpack");
}

/* An archive that reaches out in every way tar knows. python3 writes what tar would not. */
static void test_import_hostile_tar(void **state)
{
	struct fixture *f = *state;
	char path[128], name[128];

	store_open(f, NULL);
	(void)snprintf(path, sizeof(path), "%s/evil.tar", f->root);
	shell("mkdir %s/victim && echo untouched > %s/victim/file", f->root, f->root);
	shell("python3 - %s %s/victim <<'END'\n"
	      "import io, sys, tarfile\n"
	      "t = tarfile.open(sys.argv[1], 'w')\n"
	      "def add(name, type=tarfile.REGTYPE, link='', data=b'evil'):\n"
	      "    i = tarfile.TarInfo(name)\n"
	      "    i.type, i.linkname = type, link\n"
	      "    i.size = len(data) if type == tarfile.REGTYPE else 0\n"
	      "    t.addfile(i, io.BytesIO(data))\n"
	      "v = sys.argv[2]\n"
	      "add(v + '/absolute')\n"
	      "add('../' * 12 + v + '/dotdot')\n"
	      "add('out', tarfile.SYMTYPE, v)\n"
	      "add('out/through-link')\n"
	      "add('out/file')\n"
	      "add('hard', tarfile.LNKTYPE, v + '/file')\n"
	      "add('hard')\n"
	      "t.close()\n"
	      "END",
	      path, f->root);
	import_fails(f, path, 0, geteuid(), "tar");
	(void)snprintf(name, sizeof(name), "%s/victim", f->root);
	assert_int_equal(count_entries(name), 1);
	shell("grep -qx untouched %s/file", name);
}

static void test_import_image(void **state)
{
	struct fixture *f = *state;
	const char *disk;
	char path[128];
	struct stat st;

	store_open(f, NULL);
	(void)snprintf(path, sizeof(path), "%s/raw.img", f->root);
	shell("mke2fs -q -F -t ext4 -b 4096 %s 24M >/dev/null 2>&1", path);
	disk = import_ok(f, "raw", path, 0);
	shell("cmp %s %s", path, disk);
	assert_int_equal(lstat(disk, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
	disk = import_ok(f, "grown", path, 64 << 20);
	assert_int_equal(lstat(disk, &st), 0);
	assert_int_equal(st.st_size, 64 << 20);
	shell("e2fsck -fn %s >/dev/null 2>&1", disk);
	import_fails(f, path, 4 << 20, geteuid(), "larger than the size asked for");
	shell("truncate -s 20M %s", path);
	import_fails(f, path, 0, geteuid(), "shorter than the file system");
	shell("head -c 100000 /dev/urandom > %s", path);
	import_fails(f, path, 0, geteuid(), "neither");
}

/* umld's rights must not read for a client: root's secret in a directory that nobody may enter. */
static void test_import_reads_with_owners_rights(void **state)
{
	struct fixture *f = *state;
	char path[128];

	if (geteuid() != 0)
		skip();
	store_open(f, NULL);
	shell("chmod 755 %s", f->root);
	make_tree(f);
	shell("chmod 700 %s/tree/etc", f->root);
	(void)snprintf(path, sizeof(path), "%s/tree", f->root);
	import_fails(f, path, 0, 65534, "Permission denied");
}

/* A mirror that accepts and never answers: the build hangs for as long as we like. */
static int silent_server(char *url, size_t len)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t a_len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &a_len), 0);
	(void)snprintf(url, len, "http://127.0.0.1:%u/debian", ntohs(a.sin_port));
	return fd;
}

static struct job *hanging_build(struct fixture *f, const char *url)
{
	cleanup_error struct error err = ERROR_INIT;
	struct image_build b = {
		.name = "hang", .suite = "bookworm", .size_bytes = 1ull << 30, .mirror = url
	};
	struct job *job = NULL;

	if (images_build(f->im, &b, geteuid(), &job, &err) < 0)
		fail_msg("%s", err.message);
	/* Until apt runs, several processes below the worker. */
	while (!job->ended && job->per_mille < 10)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
	if (job->ended)
		fail_msg("%s: %s", job->err.message, job->err.hint ? job->err.hint : "");
	return job;
}

static void require_mmdebstrap(void)
{
	if (system("command -v mmdebstrap >/dev/null") != 0) {
		print_message("mmdebstrap is not installed\n");
		skip();
	}
}

static void test_cancel_a_build(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct fixture *f = *state;
	struct job *job, *second = NULL;
	char url[64];
	cleanup_close int server = silent_server(url, sizeof(url));
	int fd;

	require_mmdebstrap();
	store_open(f, NULL);
	assert_true(server >= 0);
	job = hanging_build(f, url);
	assert_string_equal(job->kind, "image.build");
	fd = open("/", O_RDONLY | O_CLOEXEC);
	assert_int_equal(images_import(f->im, "hang", fd, 0, 0, &second, &err), -EBUSY);
	assert_string_equal(err.reason, "image-busy");
	assert_int_equal(close(fd), 0); /* a refused import leaves the descriptor alone */
	fake_job_cancel(job);
	fake_job_cancel(job);
	wait_end(f, job);
	assert_string_equal(job->err.reason, "cancelled");
	fake_job_free(job);
	assert_nothing_left(f);
	assert_int_equal(count_entries(f->im->dir), 0);
}

static void test_free_with_a_running_build(void **state)
{
	struct fixture *f = *state;
	struct job *job;
	char url[64];
	cleanup_close int server = silent_server(url, sizeof(url));

	require_mmdebstrap();
	store_open(f, NULL);
	assert_true(server >= 0);
	job = hanging_build(f, url);
	store_close(f);
	assert_true(job->ended);
	assert_string_equal(job->err.reason, "shutting-down");
	fake_job_free(job);
}

/* umld is killed in the middle of a build: everything below it dies too, and the next start removes what it left. */
static void test_killed_umld_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	char url[64], c;
	cleanup_close int server = silent_server(url, sizeof(url));
	int pipe_ends[2], status;
	pid_t pid;

	require_mmdebstrap();
	assert_true(server >= 0);
	assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
	/* Orphans come to us, so that we can see them end. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)uv_loop_fork(&f->loop);
		store_open(f, NULL);
		(void)hanging_build(f, url);
		(void)!write(pipe_ends[1], "x", 1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(close(pipe_ends[1]), 0);
	assert_int_equal(read(pipe_ends[0], &c, 1), 1);
	assert_int_equal(close(pipe_ends[0]), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	/* Ends only when no process of the build is left; a hang here is the failure (the test's timeout). */
	while (wait(&status) > 0)
		;
	assert_int_equal(errno, ECHILD);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);

	store_open(f, NULL);
	assert_null(images_find(f->im, "hang"));
	assert_nothing_left(f);
}

static void require_namespaces(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
		(void)fprintf(stderr, "the host allows no user namespaces: skipped\n");
		exit(77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mini_comes_on_first_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_images_are_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_requests_start_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_import_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_import_tar, setup, teardown),
		cmocka_unit_test_setup_teardown(test_import_hostile_tar, setup, teardown),
		cmocka_unit_test_setup_teardown(test_import_image, setup, teardown),
		cmocka_unit_test_setup_teardown(test_import_reads_with_owners_rights, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_cancel_a_build, setup, teardown),
		cmocka_unit_test_setup_teardown(test_free_with_a_running_build, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_umld_leaves_nothing, setup, teardown),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	log_init("test_image_store", LOG_LEVEL_ERROR);
	require_namespaces();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
