// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the kernel process' first instruction to the first program: the ordered list of what is brought up, on one screen. Each line may use what the
 * lines above it made.
 */
#include "boot/startup.h"
#include "abi/abi_errno.h"
#include "boot/boot_init.h"
#include "boot/cmdline.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "drivers/drivers.h"
#include "drivers/eth.h"
#include "engine/engine.h"
#include "fs/fs.h"
#include "host/host_process.h"
#include "host/host_sandbox.h"
#include "lib/string.h"
#include "mm/arena.h"
#include "mm/mm_account.h"
#include "net/net.h"
#include "syscalls/syscall.h"
#include "task/task_init.h"
#include "vfs/vfs_init.h"

static char why[200];

/* Below this not even one guest process can be had, on either engine. */
#define FILES_LEAST 256ul

/* What can be told before anything is tried. Each part that comes later says itself what it lacks. */
static int check_host(const struct boot_options *o)
{
	unsigned long files = host_raise_fd_limit();

	(void)o;
	if (files >= FILES_LEAST)
		return 0;
	(void)format_str(
		why, sizeof(why),
		"the host allows %lu open files, at least %lu are needed: raise the hard limit (ulimit -n)",
		files, FILES_LEAST);
	return -EMFILE;
}

/* Before any thread or stub is made: they inherit it. */
static int start_rights(const struct boot_options *o)
{
	(void)o;
	return host_sandbox_drop_rights(eth_has_network());
}

static int start_engine(const struct boot_options *o)
{
	struct engine_config config = { .ncpus = o->ncpus };
	int r = engine_choose(o->engine, why, sizeof(why));

	if (r < 0)
		return r;
	if (o->ncpus > engine->max_vcpus) {
		(void)format_str(why, sizeof(why), "ncpus=%u: the %s engine has %u", o->ncpus,
				 engine->name, engine->max_vcpus);
		return -EINVAL;
	}
	config.arena_fd = arena_fd();
	config.arena_ro_fd = arena_ro_fd();
	config.space_died = task_space_died;
	return engine->init(&config);
}

static const struct abi_regs *thread_regs(const struct engine_thread *thread)
{
	return &thread->regs;
}

static int start_scheduler(const struct boot_options *o)
{
	sched_engine = (struct sched_engine_ops){
		.resume = engine->resume,
		.wait = engine->wait,
		.interrupt = engine->interrupt,
		.regs = thread_regs,
		.place = engine->place,
		.spin = engine->spin,
		.rest = engine->rest,
	};
	sched_debug_preempt = o->debug_preempt;
	return sched_init(o->ncpus);
}

static int start_arena(const struct boot_options *o)
{
	int r = arena_init(o->mem_bytes);

	if (r == -ENOMEM)
		(void)format_str(
			why, sizeof(why),
			"the host gives no %llu MiB of address space: look at ulimit -v, or give a smaller mem=",
			(unsigned long long)(o->mem_bytes >> 20));
	else if (r < 0)
		(void)format_str(
			why, sizeof(why),
			"shared memory cannot be had (memfd_create, /proc/self/fd): is /proc mounted?");
	return r;
}

static int start_account(const struct boot_options *o)
{
	(void)o;
	return mm_account_start();
}

static int start_syscalls(const struct boot_options *o)
{
	(void)o;
	syscalls_init();
	return 0;
}

static int start_task(const struct boot_options *o)
{
	return task_init(o->hostname);
}

static int start_vfs(const struct boot_options *o)
{
	vfs_limits_init(o->mem_bytes);
	return vfs_init();
}

static int start_drivers(const struct boot_options *o)
{
	const struct driver_options d = {
		.devices = o->devices,
		.n_devices = o->n_devices,
		.umid = o->umid,
		.uml_dir = o->uml_dir,
	};

	return drivers_init(&d, why, sizeof(why));
}

static int start_fs(const struct boot_options *o)
{
	return fs_init(o->text);
}

static int start_net(const struct boot_options *o)
{
	(void)o;
	return net_init();
}

static const struct {
	const char *name;
	int (*start)(const struct boot_options *o);
} stages[] = {
	{ "host", check_host },
	{ "rights",
	  start_rights }, /* no capabilities from here on but those over the guest's network */
	{ "memory", start_arena },  /* arena_alloc, shared memory */
	{ "engine", start_engine }, /* spaces can be made; before any other host thread exists */
	{ "scheduler", start_scheduler },  /* timers, watches of host descriptors, kernel threads */
	{ "memory limit", start_account }, /* before the first space that runs guest code */
	{ "system calls", start_syscalls },
	{ "processes", start_task },  /* signals, futexes, timers of tasks */
	{ "files", start_vfs },	      /* names, mounts, open files; no file system yet */
	{ "devices", start_drivers }, /* /dev entries, consoles, mconsole */
	{ "file systems", start_fs }, /* tmpfs, devtmpfs, proc, sys, devpts, anonymous kinds */
	{ "network", start_net },     /* sockets */
	{ "first process", boot_init_start },
};

int startup(const struct boot_options *o, const char *lacks, char *ret_why, size_t len)
{
	int r = 0;

	boot_options = o;
	panic_catch_faults();
	if (o->trace && trace_set(o->trace) < 0) {
		(void)format_str(
			ret_why, len,
			"trace=%s: unknown channel; known are strace, sched, fault, vfs, block, net, tty, signal, exec, all",
			o->trace);
		return -EINVAL;
	}
	klog_set_console(1, o->loglevel);
	big_lock_take();
	pr_info("umlk " UMLK_VERSION ": %llu MiB of memory, %u processor%s",
		(unsigned long long)(o->mem_bytes >> 20), o->ncpus, o->ncpus == 1 ? "" : "s");
	pr_info("Command line: %s", o->text);
	if (lacks)
		pr_warning("the host does without %s", lacks);
	for (unsigned int i = 0; r == 0 && i < ARRAY_SIZE(stages); i++) {
		why[0] = '\0';
		r = stages[i].start(o);
		if (r < 0)
			(void)format_str(ret_why, len, "%s: %s (error %d)", stages[i].name,
					 why[0] ? why : "cannot be started", -r);
		else if (stages[i].start == start_engine)
			pr_info("guest code runs under the %s engine", engine->name);
	}
	big_lock_release();
	return r;
}
