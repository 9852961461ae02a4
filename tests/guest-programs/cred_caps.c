// SPDX-License-Identifier: GPL-2.0-or-later
/* Capabilities: dropping one takes its power, capset's rules, the bounding set, keepcaps, securebits. */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include "guest_helpers.h"

static struct __user_cap_data_struct d[2];
static struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };

static long get(void)
{
	return syscall(SYS_capget, &h, d);
}

static long set(void)
{
	return syscall(SYS_capset, &h, d);
}

static void drop(int cap)
{
	get();
	d[cap / 32].effective &= ~(1u << cap % 32);
	CHECK_EQ(set(), 0);
}

static void chown_(void)
{
	result("chown", chown("f", 1, 1));
	drop(CAP_CHOWN);
	result("without CAP_CHOWN", chown("f", 2, 2));
	drop(CAP_DAC_OVERRIDE);
	drop(CAP_DAC_READ_SEARCH);
	result("without DAC_OVERRIDE", open("secret", O_RDONLY));
	drop(CAP_KILL);
	drop(CAP_SYS_CHROOT);
	result("chroot", chroot("."));
	drop(CAP_SETUID);
	result("setuid", setuid(1000));
	drop(CAP_SYS_NICE);
	result("nice", nice(-5));
	drop(CAP_SYS_ADMIN);
	result("sethostname", sethostname("x", 1));
	drop(CAP_MKNOD);
	result("mknod", mknod("dev", S_IFCHR | 0600, 259));
	result("mkfifo", mkfifo("fifo", 0600));
	get();
	d[0].effective = d[0].permitted;
	result("raise again", set());
	d[0].permitted &= ~1u;
	d[0].effective &= ~1u;
	result("give up for good", set());
	d[0].permitted |= 1;
	result("take back", set());
	d[0].permitted &= ~1u;
	d[0].inheritable = 1;
	d[0].effective = 0;
	(void)set();
}

static void keep(void)
{
	get();
	printf("root has some: %d\n", d[0].permitted != 0);
	prctl(PR_SET_KEEPCAPS, 1);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	get();
	printf("kept: permitted %d effective %d\n", d[0].permitted != 0, d[0].effective != 0);
}

static void lose(void)
{
	CHECK_EQ(seteuid(1000), 0);
	get();
	printf("effective uid: permitted %d effective %d\n", d[0].permitted != 0,
	       d[0].effective != 0);
	CHECK_EQ(seteuid(0), 0);
	get();
	printf("back: permitted %d effective %d\n", d[0].permitted != 0, d[0].effective != 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	get();
	printf("for good: permitted %d effective %d\n", d[0].permitted != 0, d[0].effective != 0);
}

static void bounding(void)
{
	report("read", prctl(PR_CAPBSET_READ, CAP_CHOWN));
	report("drop", prctl(PR_CAPBSET_DROP, CAP_CHOWN));
	report("read", prctl(PR_CAPBSET_READ, CAP_CHOWN));
	report("bad", prctl(PR_CAPBSET_READ, 200));
	result("still effective", chown("f", 3, 3));
	execl("/proc/self/exe", "x", "child", NULL);
}

int main(int argc, char **argv)
{
	struct __user_cap_header_struct bad = { 0x1234, 0 };

	if (argc > 1) {
		result("after exec", chown("f", 4, 4));
		return 0;
	}
	make_file("f", "");
	make_file("secret", "");
	chown("secret", 1000, 1000);
	chmod("secret", 0);
	run_child("drop", chown_);
	run_child("keep", keep);
	run_child("lose", lose);
	run_child("bounding", bounding);
	report("bad version", syscall(SYS_capget, &bad, d));
	printf("version said %x\n", bad.version);
	h.pid = 1 << 30;
	report("nobody", get());
	return 0;
}
