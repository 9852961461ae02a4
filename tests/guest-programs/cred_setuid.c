// SPDX-License-Identifier: GPL-2.0-or-later
/* setuid, seteuid, setreuid, setresuid for root and for others; capabilities that go with them; fsuid. */
#include <sys/fsuid.h>

#include "guest_helpers.h"

static void show(const char *label)
{
	uid_t r, e, s;

	getresuid(&r, &e, &s);
	printf("%s: %u %u %u fs %d\n", label, r, e, s, setfsuid((uid_t)-1));
}

static void all(void)
{
	result("setuid as root", setuid(1000));
	show("all");
	result("back", setuid(0));
	result("seteuid", seteuid(0));
}

static void effective(void)
{
	result("seteuid", seteuid(1000));
	show("effective");
	result("to real", setuid(0));
	show("effective only");
	result("setreuid", setreuid(1000, 2000));
	show("both");
	result("swap", setreuid(2000, 1000));
	show("swapped");
	result("other", setreuid(3000, -1));
	result("setresuid to own", setresuid(1000, 2000, 1000));
	show("own");
	result("setresuid foreign", setresuid(1000, 2000, 0));
	result("saved is kept", seteuid(1000));
	show("end");
}

static void fsuid(void)
{
	setfsuid(1000);
	show("fsuid");
	make_file("f", "x");
	struct stat st;

	stat("f", &st);
	printf("owner %u\n", st.st_uid);
	seteuid(5);
	show("follows");
}

static void groups(void)
{
	gid_t g[3] = { 5, 7, 6 }, h[3] = { 0 };

	CHECK_EQ(setgroups(3, g), 0);
	report("getgroups", getgroups(0, NULL));
	report("too small", getgroups(2, h));
	getgroups(3, h);
	printf("sum %d\n", h[0] + h[1] + h[2]);
	CHECK_EQ(setuid(1000), 0);
	result("setgroups", setgroups(1, g));
	result("setgid to a supplementary one", setgid(5));
	report("too many", setgroups(65537, g));
}

int main(void)
{
	chmod(".", 0777);
	run_child("all", all);
	run_child("effective", effective);
	run_child("fsuid", fsuid);
	run_child("groups", groups);
	return 0;
}
