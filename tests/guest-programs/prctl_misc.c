// SPDX-License-Identifier: GPL-2.0-or-later
/* prctl: names, dumpable, no_new_privs, timer slack, subreaper, what is refused. */
#include <sys/prctl.h>

#include "guest_helpers.h"

static void child(void)
{
	char name[17] = "";

	prctl(PR_GET_NAME, name);
	printf("child %s subreaper ", name);
	int r = 9;
	prctl(PR_GET_CHILD_SUBREAPER, &r);
	printf("%d no_new_privs %d\n", r, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

int main(void)
{
	char name[17] = "";
	int r = 9;

	report("name", prctl(PR_SET_NAME, "0123456789abcdefghi"));
	prctl(PR_GET_NAME, name);
	printf("%s\n", name);
	report("dumpable", prctl(PR_GET_DUMPABLE));
	report("not dumpable", prctl(PR_SET_DUMPABLE, 0));
	report("dumpable", prctl(PR_GET_DUMPABLE));
	report("dumpable 2", prctl(PR_SET_DUMPABLE, 2));
	report("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1));
	prctl(PR_GET_CHILD_SUBREAPER, &r);
	printf("%d\n", r);
	report("no_new_privs 2", prctl(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0));
	report("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	report("never back", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	report("slack", prctl(PR_SET_TIMERSLACK, 12345));
	report("slack", prctl(PR_GET_TIMERSLACK));
	report("keepcaps 2", prctl(PR_SET_KEEPCAPS, 2));
	run_child("child", child);
	report("unknown", prctl(987654));
	return 0;
}
