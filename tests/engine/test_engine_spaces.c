// SPDX-License-Identifier: GPL-2.0-or-later
/* Do spaces obey, and only as far as they may? Orders, copies, forks, deaths. Threads have a file of their own. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/engine/space_fixture.h"

static void a_batch_gives_each_result(void **state)
{
	struct engine_order o[120];
	char byte = 7;

	CODE(SYSCALL_LOOP);
	for (unsigned int i = 0; i < 60; i++) {
		o[i] = (struct engine_order){
			.kind = ENGINE_ORDER_MMAP,
			.args = { 0x1000000 + i * 8192, 4096, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, (uint64_t)-1, 0 },
		};
		/* Every third is on a hole, and fails alone. */
		o[60 + i] = (struct engine_order){
			.kind = ENGINE_ORDER_MPROTECT,
			.args = { 0x1000000 + i * 8192 + (i % 3 == 0 ? 4096 : 0), 4096, PROT_READ },
		};
	}
	assert_int_equal(engine->space_orders(space, o, 120), 0);
	for (unsigned int i = 0; i < 60; i++) {
		assert_int_equal(o[i].result, 0x1000000 + i * 8192);
		assert_int_equal(o[60 + i].result, i % 3 == 0 ? -ENOMEM : 0);
		assert_int_equal(engine->space_write(space, UADDR(o[i].result), &byte, 1),
				 i % 3 == 0 ? 1 : -EFAULT);
	}
}

static void a_failed_must_succeed_ends_the_space(void **state)
{
	struct engine_order o[2] = {
		{ .kind = ENGINE_ORDER_MUNMAP, .must_succeed = true, .args = { MINI_DATA, 4096 } },
		{ .kind = ENGINE_ORDER_MPROTECT,
		  .must_succeed = true,
		  .args = { MINI_DATA, 4096, PROT_READ } },
	};

	CODE(SYSCALL_LOOP);
	assert_int_equal(engine->space_orders(space, o, 1), 0);
	assert_int_equal(o[0].result, 0);
	assert_int_equal(engine->space_orders(space, o, 2), -ESRCH);
	assert_int_equal(engine->space_orders(space, o, 1), -ESRCH);
	assert_int_equal(engine->resume(thread), 0);
	assert_int_equal(engine->wait(thread, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_DEAD);
}

static void orders_outside_the_guest_are_refused(void **state)
{
	const uint64_t anon = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, none = (uint64_t)-1;
	const struct engine_order bad[] = {
		{ ENGINE_ORDER_MMAP, false, { 0, 4096, 3, anon, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { ENGINE_USER_MAX, 4096, 3, anon, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { ENGINE_USER_MAX - 4096, 8192, 3, anon, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x7fff00000000, 4096, 7, anon, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, none, 3, anon, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, 0, 3, anon, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, 4096, 3, anon & ~16ull, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, 4096, 3, anon | 0x100, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, 4096, 3, anon | 0x40000, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, 4096, 0x1000003, anon, none, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, 4096, 3, MAP_SHARED | MAP_FIXED, 0, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, 4096, 3, MAP_SHARED | MAP_FIXED, 1, 0 }, 0 },
		{ ENGINE_ORDER_MMAP, false, { 0x10000, 4096, 3, MAP_SHARED | MAP_FIXED, 4, 0 }, 0 },
		{ ENGINE_ORDER_MUNMAP, false, { 0x7fff00100000, 4096 }, 0 },
		{ ENGINE_ORDER_MUNMAP, false, { 0x10000, 0x7fff00100000 }, 0 },
		{ ENGINE_ORDER_MUNMAP, false, { 0x10001, 4096 }, 0 },
		{ ENGINE_ORDER_MPROTECT, false, { 0x7ffe40000000, 4096, 7 }, 0 },
		{ ENGINE_ORDER_MPROTECT, false, { 0x10000, 4096, 0x2000001 }, 0 },
		{ ENGINE_ORDER_MADVISE, false, { 0x7fff00000000, 4096, 4 }, 0 },
		{ ENGINE_ORDER_MADVISE, false, { 0x10000, 4096, 100 }, 0 },
		{ ENGINE_ORDER_MADVISE, false, { 0x10000, 4096, 12 }, 0 },
		{ ENGINE_ORDER_MREMAP, false, { 0x10000, 4096, 4096, 3, 0x7fff00000000 }, 0 },
		{ ENGINE_ORDER_MREMAP, false, { 0x7fff00000000, 4096, 4096, 3, 0x10000 }, 0 },
		{ ENGINE_ORDER_MREMAP, false, { 0x10000, 4096, 4096, 1, 0x20000 }, 0 },
		{ ENGINE_ORDER_MREMAP, false, { 0x10000, 0, 4096, 3, 0x20000 }, 0 },
		{ (enum engine_order_kind)99, false, { 0x10000, 4096 }, 0 },
	};
	struct engine_order o[2] = { { ENGINE_ORDER_MUNMAP, false, { MINI_DATA, 4096 }, 0 } };
	char byte;

	CODE(SYSCALL_LOOP);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		o[1] = bad[i];
		assert_int_equal(engine->space_orders(space, o, 2), -EINVAL);
	}
	/* Nothing of those lists was carried out, and the last page before the end can be had. */
	assert_int_equal(engine->space_read(space, UADDR(MINI_DATA), &byte, 1), 1);
	assert_int_equal(mini_map(space, ENGINE_USER_MAX - 4096, 4096, 3), ENGINE_USER_MAX - 4096);
	assert_int_equal(engine->space_read(space, UADDR(0x7fff00000000), &byte, 1), -EFAULT);
	assert_int_equal(engine->space_write(space, UADDR(0x7ffe40000000), &byte, 1), -EFAULT);
}

static void nothing_is_free_outside_the_guest(void **state)
{
	char path[64], line[512], *rest;
	unsigned long start, end, last = ENGINE_USER_MAX;
	FILE *f;

	CODE(SYSCALL_LOOP);
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", engine->space_pid(space));
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		start = strtoul(line, &rest, 16);
		assert_int_equal(*rest, '-');
		end = strtoul(rest + 1, NULL, 16);
		if (start < ENGINE_USER_MAX || start > 0x7ffffffff000)
			continue;
		assert_int_equal(start, last);
		last = end;
	}
	(void)fclose(f);
	assert_int_equal(last, 0x7ffffffff000);
}

static void copies_stop_at_the_first_bad_page(void **state)
{
	size_t len = 300 * 4096;
	char *buf = test_malloc(len);

	CODE(SYSCALL_LOOP);
	memset(buf, 5, len);
	assert_int_equal(mini_map(space, 0x2000000, len, PROT_READ | PROT_WRITE), 0x2000000);
	assert_int_equal(engine->space_write(space, UADDR(0x2000001), buf, len - 1), len - 1);
	assert_int_equal(mini_order(space, ENGINE_ORDER_MPROTECT, 0x2000000 + 200 * 4096, 4096,
				    PROT_READ, 0, 0, 0),
			 0);
	assert_int_equal(engine->space_write(space, UADDR(0x2000010), buf, len - 16),
			 200 * 4096 - 16);
	assert_int_equal(engine->space_read(space, UADDR(0x2000010), buf, len - 16), len - 16);
	assert_int_equal(
		mini_order(space, ENGINE_ORDER_MUNMAP, 0x2000000 + 70 * 4096, 4096, 0, 0, 0, 0), 0);
	assert_int_equal(engine->space_read(space, UADDR(0x2000ff0), buf, len - 0xff0),
			 70 * 4096 - 0xff0);
	assert_int_equal(engine->space_read(space, UADDR(0x2000000 + 70 * 4096), buf, 1), -EFAULT);
	assert_int_equal(engine->space_read(space, UADDR(0x2000000 - 1), buf, 10), -EFAULT);
	test_free(buf);
}

static void a_fork_has_its_own_memory(void **state)
{
	struct engine_space *child;
	struct engine_thread *t;
	uint32_t value = 1;

	CODE(SYSCALL_LOOP);
	assert_int_equal(mini_order(space, ENGINE_ORDER_MADVISE, MINI_DATA + 4096, 4096,
				    MADV_DONTFORK, 0, 0, 0),
			 0);
	assert_int_equal(engine->space_write(space, UADDR(MINI_DATA), &value, 4), 4);
	assert_int_equal(engine->space_fork(space, NULL, &child), 0);
	value = 2;
	assert_int_equal(engine->space_write(space, UADDR(MINI_DATA), &value, 4), 4);
	assert_int_equal(engine->space_read(child, UADDR(MINI_DATA), &value, 4), 4);
	assert_int_equal(value, 1);
	assert_int_equal(engine->space_read(child, UADDR(MINI_DATA + 4096), &value, 4), -EFAULT);
	assert_int_equal(mini_code_thread(child, 0, &t), 0);
	assert_int_equal(mini_step(t, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_SYSCALL);
	/* The child can fork, too, and outlives its parent. */
	engine->space_destroy(space);
	assert_int_equal(engine->space_fork(child, NULL, &space), 0);
	engine->space_destroy(child);
	assert_int_equal(engine->space_read(space, UADDR(MINI_DATA), &value, 4), 4);
	assert_int_equal(value, 1);
}

static void a_shared_map_is_shared(void **state)
{
	struct engine_space *child;
	uint32_t value = 99, seen = 0;

	CODE(SYSCALL_LOOP);
	assert_int_equal(mini_order(space, ENGINE_ORDER_MMAP, 0x900000, 4096, 3,
				    MAP_SHARED | MAP_FIXED, ENGINE_FD_ARENA, 8192),
			 0x900000);
	assert_int_equal(engine->space_fork(space, NULL, &child), 0);
	assert_int_equal(engine->space_write(child, UADDR(0x900004), &value, 4), 4);
	assert_int_equal(pread(mini_arena_fd, &seen, 4, 8196), 4);
	assert_int_equal(seen, 99);
	engine->space_destroy(child);
	/* What comes from the read-only descriptor stays so. */
	assert_int_equal(mini_order(space, ENGINE_ORDER_MMAP, 0x900000, 4096, PROT_READ,
				    MAP_SHARED | MAP_FIXED, ENGINE_FD_ARENA_RO, 8192),
			 0x900000);
	assert_int_equal(mini_order(space, ENGINE_ORDER_MPROTECT, 0x900000, 4096, 3, 0, 0, 0),
			 -EACCES);
}

static void a_descriptor_reaches_living_spaces(void **state)
{
	struct engine_space *later;
	uint32_t value = 4711, seen;
	int fd = memfd_create("disk", MFD_CLOEXEC);

	CODE(SYSCALL_LOOP);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &value, 4, 4092), 4);
	assert_int_equal(mini_order(space, ENGINE_ORDER_MMAP, 0x900000, 4096, PROT_READ,
				    MAP_SHARED | MAP_FIXED, ENGINE_FD_DISK_BASE + 4, 0),
			 -EBADF);
	assert_int_equal(engine->install_fd(fd, ENGINE_FD_DISK_BASE - 1), -EINVAL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(engine->install_fd(fd, ENGINE_FD_DISK_BASE + 4), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(engine->space_create(NULL, &later), 0);
	struct engine_space *const all[] = { space, later };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(mini_order(all[i], ENGINE_ORDER_MMAP, 0x900000, 4096, PROT_READ,
					    MAP_SHARED | MAP_FIXED, ENGINE_FD_DISK_BASE + 4, 0),
				 0x900000);
		assert_int_equal(engine->space_read(all[i], UADDR(0x900ffc), &seen, 4), 4);
		assert_int_equal(seen, 4711);
	}
	engine->space_destroy(later);
	assert_int_equal(mini_step(thread, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_SYSCALL);
}

static void cmpxchg_knows_what_it_may(void **state)
{
	uint32_t old, value = 5;

	CODE(SYSCALL_LOOP);
	assert_int_equal(engine->space_write(space, UADDR(MINI_DATA), &value, 4), 4);
	assert_int_equal(engine->cmpxchg32(space, UADDR(MINI_DATA), 5, 0xfffffff0, &old), 0);
	assert_int_equal(old, 5);
	assert_int_equal(engine->cmpxchg32(space, UADDR(MINI_DATA), 5, 7, &old), 0);
	assert_int_equal(old, 0xfffffff0);
	assert_int_equal(engine->cmpxchg32(space, UADDR(MINI_DATA + 2), 5, 7, &old), -EINVAL);
	assert_int_equal(engine->cmpxchg32(space, UADDR(MINI_CODE), 5, 7, &old), -EFAULT);
	assert_int_equal(engine->cmpxchg32(space, UADDR(0x300000), 5, 7, &old), -EFAULT);
	assert_int_equal(engine->cmpxchg32(space, UADDR(0x7fff00000000), 5, 7, &old), -EFAULT);
	assert_int_equal(engine->cmpxchg32(space, UADDR(0), 5, 7, &old), -EFAULT);
	/* A page that nobody touched yet. */
	assert_int_equal(engine->cmpxchg32(space, UADDR(MINI_DATA + 8192), 0, 7, &old), 0);
	assert_int_equal(old, 0);
	assert_int_equal(mini_step(thread, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_SYSCALL);
}

static void a_killed_stub_is_told_to_who_waits(void **state)
{
	CODE(BUSY_LOOP);
	assert_int_equal(engine->resume(thread), 0);
	assert_int_equal(kill(engine->space_pid(space), SIGKILL), 0);
	assert_int_equal(engine->wait(thread, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_DEAD);
	assert_int_equal(ev.death_signal, SIGKILL);
	assert_int_equal(mini_map(space, 0x1000000, 4096, 3), -ESRCH);
	assert_true(engine->space_read(space, UADDR(MINI_DATA), &(char){ 0 }, 1) < 0);
}

static void a_killed_stub_is_told_when_nobody_waits(void **state)
{
	struct engine_space *s;
	struct engine_thread *busy;
	unsigned int before = mini_deaths;
	struct pollfd p = { .fd = engine->reap_fd(), .events = POLLIN };
	int tries = 0;

	assert_int_equal(engine->space_create(&before, &s), 0);
	CODE(SYSCALL_LOOP);
	assert_int_equal(mini_code_thread(space, 0, &busy), 0);
	assert_int_equal(kill(engine->space_pid(s), SIGKILL), 0);
	while (mini_deaths == before && tries++ < 1000) {
		(void)poll(&p, 1, 10);
		engine->reap();
	}
	assert_int_equal(mini_deaths, before + 1);
	assert_ptr_equal(mini_dead_owner, &before);
	engine->space_destroy(s);
	engine->reap();
	assert_int_equal(mini_deaths, before + 1);
	assert_int_equal(mini_step(busy, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_SYSCALL);
}

static unsigned int count_dir(const char *path)
{
	DIR *d = opendir(path);
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

/* Children of this process that have not been reaped, the dead ones apart. */
static unsigned int count_children(unsigned int *ret_zombies)
{
	char path[300], text[512];
	unsigned int n = 0;
	struct dirent *e;
	DIR *d = opendir("/proc");

	*ret_zombies = 0;
	assert_non_null(d);
	while ((e = readdir(d))) {
		int ppid = 0;
		char state = 0;
		FILE *f;

		(void)snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = e->d_name[0] >= '0' && e->d_name[0] <= '9' ? fopen(path, "re") : NULL;
		if (!f)
			continue;
		if (fgets(text, sizeof(text), f) && strrchr(text, ')')) {
			state = strrchr(text, ')')[2];
			ppid = atoi(strrchr(text, ')') + 4); /* NOLINT: the host's own format */
		}
		(void)fclose(f);
		if (ppid != getpid())
			continue;
		n++;
		*ret_zombies += state == 'Z';
	}
	(void)closedir(d);
	return n;
}

static void five_hundred_spaces_leave_nothing(void **state)
{
	static struct engine_space *s[100];
	unsigned int fds = 0, children = 0, zombies = 1, tries = 0;
	struct engine_thread *t;

	CODE(SYSCALL_LOOP);
	for (int round = 0; round < 6; round++) {
		for (int i = 0; i < 100; i++) {
			int r = i % 3 ? engine->space_fork(space, NULL, &s[i])
				      : engine->space_create(NULL, &s[i]);

			assert_int_equal(r, 0);
			if (i % 3) {
				assert_int_equal(mini_code_thread(s[i], 0, &t), 0);
				assert_int_equal(mini_step(t, &ev), 0);
				assert_int_equal(ev.kind, ENGINE_EVENT_SYSCALL);
			}
		}
		for (int i = 0; i < 100; i++)
			engine->space_destroy(s[i]);
		/* They are reaped later: wait until the number is what it was after the first round. */
		for (tries = 0; tries < 2000; tries++) {
			unsigned int now = count_children(&zombies);

			engine->reap();
			if (round == 0)
				children = MIN(now, 6);
			if (zombies == 0 && now <= 6)
				break;
			(void)usleep(5000);
		}
		assert_true(tries < 2000);
		if (round == 0)
			fds = count_dir("/proc/self/fd");
		assert_true(count_dir("/proc/self/fd") <= fds + 5 * 4);
	}
	assert_true(children <= 6);
}

static int kernel_to_kill(const char *name, int *pids, int fd)
{
	struct engine_space *s[3];
	struct engine_thread *t;
	const unsigned char code[] = { BUSY_LOOP };

	if (mini_engine_start(name) < 0)
		return 1;
	for (int i = 0; i < 3; i++) {
		if (mini_code_space(code, sizeof(code), &s[i]) < 0 ||
		    mini_code_thread(s[i], 0, &t) < 0)
			return 2;
		if (i > 0 && engine->resume(t) < 0)
			return 3;
		pids[i] = engine->space_pid(s[i]);
	}
	if (write(fd, pids, 3 * sizeof(*pids)) != 3 * sizeof(*pids))
		return 4;
	(void)pause();
	return 5;
}

/* Runs before the engine of this process is started: a kernel of its own is killed. */
static int kill_minus_9_leaves_no_stub(const char *name)
{
	int pipe_fds[2], pids[3], fds[3];
	pid_t pid;

	if (pipe(pipe_fds) < 0)
		return 1;
	pid = fork();
	if (pid == 0)
		_exit(kernel_to_kill(name, pids, pipe_fds[1]));
	(void)close(pipe_fds[1]);
	if (read(pipe_fds[0], pids, sizeof(pids)) != sizeof(pids))
		return 2;
	(void)close(pipe_fds[0]);
	for (int i = 0; i < 3; i++)
		fds[i] = (int)syscall(SYS_pidfd_open, pids[i], 0);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	for (int i = 0; i < 3; i++) {
		struct pollfd p = { .fd = fds[i], .events = POLLIN };

		if (fds[i] < 0 || poll(&p, 1, 20000) != 1)
			return 3;
		(void)close(fds[i]);
	}
	return 0;
}

int main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		T(a_batch_gives_each_result),
		T(a_failed_must_succeed_ends_the_space),
		T(orders_outside_the_guest_are_refused),
		T(nothing_is_free_outside_the_guest),
		T(copies_stop_at_the_first_bad_page),
		T(a_fork_has_its_own_memory),
		T(a_shared_map_is_shared),
		T(a_descriptor_reaches_living_spaces),
		T(cmpxchg_knows_what_it_may),
		T(a_killed_stub_is_told_to_who_waits),
		T(a_killed_stub_is_told_when_nobody_waits),
		T(five_hundred_spaces_leave_nothing),
	};
	int r;

	if (argc != 2)
		return 1;
	r = kill_minus_9_leaves_no_stub(argv[1]);
	if (r != 0) {
		(void)fprintf(stderr, "kill -9 of the kernel: step %d\n", r);
		return 1;
	}
	if (mini_engine_start(argv[1]) < 0)
		return 1;
	return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
