// SPDX-License-Identifier: GPL-2.0-or-later
/* Set-user-ID and set-group-ID programs: ids after exec, AT_SECURE, no_new_privs, nosuid by script. */
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "guest_helpers.h"

static void user(void)
{
	become(1000, 1000);
	execl("./suid", "suid", "show", NULL);
}

static void user_nnp(void)
{
	become(1000, 1000);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	execl("./suid", "suid", "show", NULL);
}

static void user_script(void)
{
	become(1000, 1000);
	execl("./script", "script", NULL);
}

static void copy_self(const char *to)
{
	static char b[1 << 16];
	int in = open("/proc/self/exe", O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);
	ssize_t n;

	CHECK(in >= 0 && out >= 0);
	while ((n = read(in, b, sizeof(b))) > 0)
		CHECK_EQ(write(out, b, (size_t)n), n);
	close(in);
	close(out);
}

int main(int argc, char **argv)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;
	FILE *f;

	if (argc > 1) {
		getresuid(&r, &e, &s);
		getresgid(&rg, &eg, &sg);
		printf("uid %d %d %d gid %d %d %d secure %lu\n", r, e, s, rg, eg, sg,
		       getauxval(AT_SECURE));
		result("read root's", open("secret", O_RDONLY));
		result("setuid(0)", setuid(0));
		printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
		return 0;
	}
	chmod(".", 0755);
	make_file("secret", "s");
	chmod("secret", 0600);
	copy_self("suid");
	run_child("plain", user);
	chown("suid", 0, 3000);
	chmod("suid", 06755);
	run_child("set-id", user);
	run_child("no_new_privs", user_nnp);
	chown("suid", 2000, 2000);
	chmod("suid", 04755);
	run_child("another user's", user);
	chmod("suid", 02745);
	run_child("sgid, group may not execute", user);
	f = fopen("script", "w");
	fprintf(f, "#!./suid show\n");
	fclose(f);
	chown("script", 0, 0);
	chmod("script", 04755);
	chown("suid", 0, 0);
	chmod("suid", 0755);
	run_child("script", user_script);
	return 0;
}
