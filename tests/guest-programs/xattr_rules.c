// SPDX-License-Identifier: GPL-2.0-or-later
/* Extended attributes on tmpfs' trusted and security names and the refusals of user ones: sizes, flags, kinds of file, rights. */
#include <sys/xattr.h>

#include "guest_helpers.h"

static void user(void)
{
	char b[16];

	become(1000, 1000);
	report("user reads trusted", getxattr("f", "trusted.a", b, sizeof(b)));
	result("user sets trusted", setxattr("f", "trusted.b", "1", 1, 0));
	result("user sets security", setxattr("f", "security.b", "1", 1, 0));
}

int main(void)
{
	char b[64] = "", big[70000];
	ssize_t n;
	int found;

	if (setxattr("/dev/shm", "trusted.probe", "1", 1, 0) == 0)
		removexattr("/dev/shm", "trusted.probe");
	CHECK_EQ(chdir("/dev/shm"), 0);
	unlink("f");
	make_file("f", "");
	CHECK_EQ(chmod("f", 0666), 0);
	result("set", setxattr("f", "trusted.a", "value", 5, 0));
	report("get", getxattr("f", "trusted.a", b, sizeof(b)));
	printf("%s\n", b);
	report("size", getxattr("f", "trusted.a", NULL, 0));
	report("short buffer", getxattr("f", "trusted.a", b, 3));
	result("create again", setxattr("f", "trusted.a", "x", 1, XATTR_CREATE));
	result("replace", setxattr("f", "trusted.a", "x", 1, XATTR_REPLACE));
	result("replace missing", setxattr("f", "trusted.b", "x", 1, XATTR_REPLACE));
	result("both flags", setxattr("f", "trusted.a", "x", 1, 3));
	result("unknown flag", setxattr("f", "trusted.a", "x", 1, 4));
	result("empty value", setxattr("f", "trusted.e", "", 0, 0));
	report("its size", getxattr("f", "trusted.e", b, sizeof(b)));
	n = listxattr("f", b, sizeof(b));
	found = 0;
	for (int at = 0; at < n; at += (int)strlen(b + at) + 1)
		found += strcmp(b + at, "trusted.a") == 0 || strcmp(b + at, "trusted.e") == 0;
	printf("listed %d\n", found);
	report("list, short buffer", listxattr("f", b, 3));
	result("no such class", setxattr("f", "other.a", "x", 1, 0));
	result("no class", setxattr("f", "plain", "x", 1, 0));
	result("only the class", setxattr("f", "trusted.", "x", 1, 0));
	result("empty name", setxattr("f", "", "x", 1, 0));
	memset(big, 'n', sizeof(big));
	memcpy(big, "trusted.", 8);
	big[255] = 0;
	result("name of 255", setxattr("f", big, "x", 1, 0));
	big[255] = 'n';
	big[256] = 0;
	result("name of 256", setxattr("f", big, "x", 1, 0));
	result("value of 65537", setxattr("f", "trusted.big", big, 65537, 0));
	result("remove", removexattr("f", "trusted.a"));
	result("remove again", removexattr("f", "trusted.a"));
	report("get missing", getxattr("f", "trusted.a", b, sizeof(b)));
	result("bad pointer", setxattr("f", "trusted.a", (void *)16, 1, 0));
	result("security", setxattr("f", "security.test", "s", 1, 0));
	run_child("user", user);
	unlink("f");
	return 0;
}
