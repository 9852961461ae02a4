// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first process. It begins as a kernel task: mounts a tmpfs root and unpacks the initrd into it, or mounts the disk of root= over it if there is no
 * initrd or the initrd has no /init; mounts devtmpfs on /dev, opens /dev/console as descriptors 0, 1 and 2, and becomes /init (or what rdinit= names) of an
 * initrd, /sbin/init (or what init= names) of a disk. Also the end: power-off, restart, ctrl-alt-del.
 */
#include "boot/boot_init.h"
#include "boot/boot_root.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/panic.h"
#include "core/reboot.h"
#include "core/sched.h"
#include "drivers/block.h"
#include "drivers/eth.h"
#include "engine/engine.h"
#include "fs/initrd.h"
#include "host/host_epoll.h"
#include "host/host_launch.h"
#include "host/host_memory.h"
#include "host/host_sandbox.h"
#include "host/host_shared.h"
#include "host/host_thread.h"
#include "host/host_tty.h"
#include "lib/string.h"
#include "task/process.h"
#include "task/task_signal.h"
#include "vfs/vfs.h"

/* --- the end ------------------------------------------------------------------------------------ */

static noreturn void end_kernel(int status)
{
	engine->shutdown();
	host_tty_restore();
	host_exit(status);
}

static void power_off(int status)
{
	klog(KLOG_EMERG, "reboot: Power down");
	end_kernel(status);
}

static void restart(void)
{
	klog(KLOG_EMERG, "reboot: Restarting system");
	end_kernel(UMLK_EXIT_REBOOT);
}

static void ctrl_alt_del(void)
{
	if (init_group)
		signal_simple(init_group, SIGINT);
}

static const struct reboot_ops boot_reboot_ops = {
	.power_off = power_off,
	.restart = restart,
	.ctrl_alt_del = ctrl_alt_del,
};

/* SIGTERM of the host: ctrl-alt-del at first, the end at once when it comes again. */
static void host_signal_ready(struct io_watch *w, uint32_t events)
{
	static bool asked;
	char buf[1024];

	(void)events;
	if (host_read(w->fd, buf, sizeof(buf)) <= 0)
		return;
	if (asked) {
		pr_warning("terminated by the host");
		end_kernel(UMLK_EXIT_POWEROFF);
	}
	asked = true;
	reboot_ctrl_alt_del();
}

/* --- the root ----------------------------------------------------------------------------------- */

static void unpack_initrd(const char *path)
{
	uint64_t size = 0, have = 0;
	int fd = host_open_read(path, &size), r;
	char *data;

	if (fd < 0)
		panic("initrd=%s: cannot be opened (error %d)", path, -fd);
	if (size == 0 || size > (1ull << 32))
		panic("initrd=%s: %llu bytes cannot be an initrd", path, (unsigned long long)size);
	data = kmalloc(size);
	if (!data)
		panic("initrd=%s: no memory for it", path);
	while (have < size) {
		ssize_t n = host_pread(fd, data + have, size - have, have);

		if (n <= 0)
			panic("initrd=%s: cannot be read (error %d)", path, (int)-n);
		have += (uint64_t)n;
	}
	(void)host_close(fd);
	r = initrd_unpack(data, size);
	kfree(data);
	if (r < 0)
		panic("initrd=%s: not a cpio archive in newc format, or damaged (error %d)", path,
		      -r);
}

static void mount_root_tmpfs(const struct boot_options *o)
{
	struct fs_type *tmpfs = fs_type_find("tmpfs");
	struct super_block *sb;
	int r = tmpfs ? tmpfs->mount(tmpfs, "rootfs", 0, "mode=755", &sb) : -ENODEV;

	if (r == 0)
		r = mount_root(sb, current_task());
	if (r < 0)
		panic("the root file system cannot be mounted (error %d)", -r);
	if (o->initrd)
		unpack_initrd(o->initrd);
}

/* Is there something to run in the initrd? */
static bool has_rdinit(const struct boot_options *o)
{
	struct path p;

	if (!o->initrd || path_lookup(-100, o->rdinit, LOOKUP_FOLLOW, &p) < 0)
		return false;
	path_put(&p);
	return true;
}

static void mount_devtmpfs(void)
{
	int r;

	/* As Linux with CONFIG_DEVTMPFS_MOUNT; an image without /dev goes on without. */
	r = mount_do("devtmpfs", "/dev", "devtmpfs", 0, "mode=0755");
	if (r < 0)
		pr_warning("devtmpfs on /dev: error %d, ignoring", -r);
}

static void open_console(void)
{
	struct file *f;
	int r = file_open(-100, "/dev/console", 2 /* O_RDWR */, 0, LOOKUP_FOLLOW, &f);

	if (r < 0) {
		pr_warning("unable to open an initial console (error %d)", -r);
		return;
	}
	for (int fd = 0; fd < 3; fd++) {
		file_get(f);
		if (fd_install(f, fd, false) != fd)
			panic("the first descriptors are taken");
	}
	file_put(f);
}

/* --- the first program -------------------------------------------------------------------------- */

static void strings_add(struct exec_strings *s, const char *text)
{
	char **v = krealloc(s->v, (s->n + 1) * sizeof(*v));

	if (v)
		s->v = v;
	if (!v || !(v[s->n] = kstrdup(text)))
		panic("no memory for init's arguments");
	s->n++;
	s->bytes += strlen(text) + 1;
}

static int try_init(const struct boot_options *o, const char *path)
{
	struct exec_strings argv = { 0 }, envp = { 0 };
	int r;

	strings_add(&argv, path);
	for (unsigned int i = 0; i < o->n_init_args; i++)
		strings_add(&argv, o->init_args[i]);
	strings_add(&envp, "HOME=/");
	strings_add(&envp, "TERM=linux");
	for (unsigned int i = 0; i < o->n_init_env; i++)
		strings_add(&envp, o->init_env[i]);
	r = task_exec(-100, path, LOOKUP_FOLLOW, &argv, &envp);
	if (r == 0)
		pr_info("Run %s as init process", path);
	else if (r != -ENOENT)
		pr_err("%s cannot be run as init (error %d)", path, -r);
	return r;
}

/* --- the sandbox -------------------------------------------------------------------------------- */

static void host_call_refused(int nr, const void *ip)
{
	char where[128];

	host_symbol_name(ip, where, sizeof(where));
	panic("sandbox: host call %d at %s is not one that this kernel makes", nr, where);
}

/* Everything is open now and no guest code has run yet. */
static void enter_sandbox(const struct boot_options *o)
{
	const struct host_sandbox s = { .ptrace = strcmp(engine->name, "ptrace") == 0,
					.network = eth_has_network(),
					.refused = host_call_refused };
	int r;

	if (o->no_sandbox) {
		pr_warning("sandbox=off: the kernel process keeps all host calls");
		return;
	}
	r = host_sandbox_enter(&s);
	if (r == -EOPNOTSUPP)
		pr_warning("a sanitizer build is not confined");
	else if (r < 0)
		panic("the kernel process cannot be confined (error %d); sandbox=off goes without",
		      -r);
}

static void init_main(void *arg)
{
	static const char *const usual[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	const struct boot_options *o = arg;
	struct task *t = current_task();
	bool in_initrd;
	int r;

	mount_root_tmpfs(o);
	in_initrd = has_rdinit(o);
	/* An initrd without init and no disk to go on to: its own /sbin/init may do. */
	if (!in_initrd && !(o->initrd && !o->root && list_empty(&block_list)))
		boot_mount_root(o);
	mount_devtmpfs();
	open_console();
	enter_sandbox(o);
	r = in_initrd ? try_init(o, o->rdinit) : -ENOENT;
	if (r < 0 && o->init) {
		r = try_init(o, o->init);
		if (r < 0)
			panic("Requested init %s failed (error %d).", o->init, r);
	}
	for (unsigned int i = 0; r < 0 && i < ARRAY_SIZE(usual); i++)
		r = try_init(o, usual[i]);
	if (r < 0)
		panic("No working init found. Try passing init= option to kernel.");
	task_user_loop(t);
}

int boot_init_start(const struct boot_options *o)
{
	static struct io_watch signals;
	int fd = host_launch_signal_fd(), r = 0;
	struct task *t;

	reboot_ops = &boot_reboot_ops;
	if (fd >= 0) {
		io_watch_init(&signals, fd, host_signal_ready);
		r = io_watch_set(&signals, HOST_POLL_IN);
	}
	if (r < 0)
		return r;
	t = task_create_init(init_main, (void *)(uintptr_t)o);
	task_wake(t);
	return 0;
}
