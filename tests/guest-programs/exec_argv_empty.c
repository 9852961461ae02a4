// SPDX-License-Identifier: GPL-2.0-or-later
/* exec with no arguments at all gives one empty one; very many and empty strings arrive as they are. */
#include "guest_helpers.h"

int main(int argc, char **argv)
{
	char *none[] = { NULL }, *env[] = { "GP_STEP=1", NULL }, *odd[] = { "", "", "x", "", NULL },
	     *env2[] = { "GP_STEP=2", "", "novalue", "=x", NULL };
	extern char **environ;
	const char *step = getenv("GP_STEP");

	if (!step) {
		printf("none\n");
		fflush(stdout);
		execve("/proc/self/exe", none, env);
		return 1;
	}
	printf("argc %d:", argc);
	for (int i = 0; i < argc; i++)
		printf(" \"%s\"", argv[i]);
	printf(" end %d environment:", argv[argc] == NULL);
	for (char **e = environ; *e; e++)
		printf(" \"%s\"", *e);
	printf("\n");
	if (strcmp(step, "1") == 0) {
		execve("/proc/self/exe", odd, env2);
		return 1;
	}
	return 0;
}
