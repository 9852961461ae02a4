// SPDX-License-Identifier: GPL-2.0-or-later
/* setfsuid, supplementary groups and every row of the rules for setuid, setreuid and setresuid of an ordinary user. */
#include <sys/fsuid.h>

#include "guest_helpers.h"

static void ids(const char *label)
{
	uid_t r, e, s;

	getresuid(&r, &e, &s);
	printf("%s: %u %u %u\n", label, r, e, s);
}

static void fsuid(void)
{
	make_file("root_only", "x");
	CHECK_EQ(chmod("root_only", 0600), 0);
	printf("was %d\n", setfsuid(1000));
	result("open", open("root_only", O_RDONLY));
	close(open("mine", O_CREAT | O_WRONLY, 0600));
	struct stat st;

	CHECK(stat("mine", &st) < 0 || st.st_uid == 1000);
	printf("was %d\n", setfsuid(0));
	result("open again", open("root_only", O_RDONLY));
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	printf("asked %d\n", setfsuid(5));
	printf("still %d\n", setfsuid(-1));
}

static void user(void)
{
	CHECK_EQ(setresuid(1000, 1001, 1002), 0);
	ids("start");
	result("setuid to another", setuid(1003));
	result("setuid to the saved one", setuid(1002));
	ids("now");
	result("setreuid to a stranger", setreuid(-1, 1003));
	result("setreuid real to the saved one", setreuid(1002, -1));
	ids("now");
	result("setresuid swap", setresuid(1002, 1002, 1000));
	result("setresuid to root", setresuid(-1, 0, -1));
	ids("now");
	result("setreuid swaps", setreuid(1002, 1002));
	ids("saved follows");
}

static void groups(void)
{
	gid_t g[3] = { 10, 20, 30 }, got[8];

	make_file("group_file", "x");
	CHECK_EQ(chown("group_file", 0, 20), 0);
	CHECK_EQ(chmod("group_file", 0040), 0);
	result("setgroups", setgroups(3, g));
	CHECK_EQ(getgroups(8, got), 3);
	printf("getgroups %u %u %u\n", got[0], got[1], got[2]);
	report("too small", getgroups(2, got));
	report("size 0", getgroups(0, NULL));
	report("negative", getgroups(-1, got));
	result("too many", setgroups(65537, g));
	CHECK_EQ(setresgid(1000, 1000, 1000), 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	result("reads by its group", open("group_file", O_RDONLY));
	result("setgroups as a user", setgroups(0, NULL));
	result("setgid to a supplementary one", setgid(10));
	result("setresgid own", setresgid(1000, 1000, 1000));
}

int main(void)
{
	chmod(".", 0777);
	run_child("fsuid", fsuid);
	run_child("user", user);
	run_child("groups", groups);
	return 0;
}
