// SPDX-License-Identifier: GPL-2.0-or-later
/* See block_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "block_fixture.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "drivers/ubd.h"
#include "engine/engine.h"
#include "host/host_thread.h"
#include "mm/arena.h"

static char directory[64];

static int install_fd(int host_fd, int slot)
{
	assert_true(host_fd >= 0);
	assert_true(slot >= ENGINE_FD_DISK_BASE);
	return 0;
}

static void remove_directory(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	(void)!system(command);
}

static int (*kernel_fn)(void);

static void kernel_main(void *arg)
{
	int r;

	(void)arg;
	r = kernel_fn();
	(void)fflush(NULL);
	remove_directory();
	host_exit(r != 0);
}

void fixture_run(int (*fn)(void))
{
	static struct engine_ops fake;

	fake.install_fd = install_fd;
	engine = &fake;
	(void)snprintf(directory, sizeof(directory), "/tmp/umlk-block.XXXXXX");
	if (!mkdtemp(directory))
		abort();
	klog_set_console(2, KLOG_WARNING);
	kernel_fn = fn;
	if (arena_init(16u << 20) < 0 || sched_init(1) < 0)
		abort();
	big_lock_take();
	if (!kthread_start("test", kernel_main, NULL))
		abort();
	big_lock_release();
	sched_run();
}

const char *fixture_path(char *buf, size_t len, const char *name)
{
	(void)snprintf(buf, len, "%s/%s", directory, name);
	return buf;
}

void fixture_file(const char *path, uint64_t bytes, unsigned int seed)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (uint64_t i = 0; seed && i < bytes; i++) {
		seed = seed * 1103515245u + 12345u;
		(void)fputc((int)(seed >> 16 & 0xff), f);
	}
	assert_int_equal(fclose(f), 0);
	assert_int_equal(truncate(path, (off_t)bytes), 0);
}

uint8_t *fixture_read(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "r");
	uint8_t *buf;
	long len;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	len = ftell(f);
	rewind(f);
	buf = malloc((size_t)len + 1);
	assert_non_null(buf);
	assert_int_equal(fread(buf, 1, (size_t)len, f), len);
	(void)fclose(f);
	*ret_len = (size_t)len;
	return buf;
}

struct block_device *fixture_disk(unsigned int n, const char *word)
{
	struct block_device *d;
	char why[256] = "";

	if (ubd_open(word, why, sizeof(why)) < 0 || ubd_start(why, sizeof(why)) < 0)
		fail_msg("%s: %s", word, why);
	d = block_find(MKDEV(UBD_MAJOR, n * 16));
	assert_non_null(d);
	return d;
}

int fixture_refused(const char *word, char *why, size_t len)
{
	int r = ubd_open(word, why, len);

	assert_true(r < 0);
	return r;
}

void fixture_remove(unsigned int n)
{
	char name[16], why[256] = "";

	(void)snprintf(name, sizeof(name), "ubd%u", n);
	if (ubd_remove(name, why, sizeof(why)) < 0)
		fail_msg("%s: %s", name, why);
}
