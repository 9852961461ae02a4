// SPDX-License-Identifier: GPL-2.0-or-later
/* Capabilities through changes of user, exec, securebits, keep-caps, the ambient and the bounding set, no-new-privileges. */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "guest_helpers.h"

static void show(const char *label)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	printf("%s:", label);
	while (fgets(line, sizeof(line), f)) {
		unsigned long v;

		if (sscanf(line, "CapInh: %lx", &v) == 1 || sscanf(line, "CapPrm: %lx", &v) == 1 ||
		    sscanf(line, "CapEff: %lx", &v) == 1 || sscanf(line, "CapAmb: %lx", &v) == 1)
			printf(" %.6s %s", line, v == 0 ? "none" : v > 0xffffff ? "many" : "some");
		else if (sscanf(line, "NoNewPrivs: %lx", &v) == 1)
			printf(" nnp %lx", v);
	}
	fclose(f);
	printf("\n");
}

static void setuid_drops(void)
{
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	show("setresuid");
}

static void keep_caps(void)
{
	CHECK_EQ(prctl(PR_SET_KEEPCAPS, 1), 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	show("keep caps");
	execl("/proc/self/exe", "show", "kept, after exec", (char *)NULL);
}

static void effective_only(void)
{
	CHECK_EQ(setresuid(0, 1000, 0), 0);
	show("effective user");
	CHECK_EQ(setresuid(0, 0, 0), 0);
	show("back");
}

static void no_fixup(void)
{
	CHECK_EQ(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	show("no fixup");
}

static void no_root(void)
{
	CHECK_EQ(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED), 0);
	result("unlock", prctl(PR_SET_SECUREBITS, 0));
	execl("/proc/self/exe", "show", "root without privileges", (char *)NULL);
}

static void ambient(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	result("ambient without inheritable",
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	CHECK_EQ(syscall(SYS_capget, &h, d), 0);
	d[0].inheritable = 1 << CAP_CHOWN;
	CHECK_EQ(syscall(SYS_capset, &h, d), 0);
	result("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	printf("is set %d\n", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
	CHECK_EQ(prctl(PR_SET_KEEPCAPS, 1), 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	show("after setresuid");
	execl("/proc/self/exe", "show", "ambient after exec", (char *)NULL);
}

static void bounding(void)
{
	printf("read %d\n", prctl(PR_CAPBSET_READ, CAP_CHOWN));
	result("drop", prctl(PR_CAPBSET_DROP, CAP_CHOWN));
	printf("read %d\n", prctl(PR_CAPBSET_READ, CAP_CHOWN));
	result("no such capability", prctl(PR_CAPBSET_READ, 63));
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	result("drop as a user", prctl(PR_CAPBSET_DROP, CAP_KILL));
}

static void nnp(void)
{
	result("unset", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	result("set", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	result("unset", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	execl("/proc/self/exe", "show", "after exec", (char *)NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		show(argv[1]);
		return 0;
	}
	run_child("setuid drops", setuid_drops);
	run_child("keep caps", keep_caps);
	run_child("effective only", effective_only);
	run_child("no fixup", no_fixup);
	run_child("no root", no_root);
	run_child("ambient", ambient);
	run_child("bounding", bounding);
	run_child("no new privileges", nnp);
	return 0;
}
