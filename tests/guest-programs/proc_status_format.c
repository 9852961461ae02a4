// SPDX-License-Identifier: GPL-2.0-or-later
/* The fields of /proc/PID/stat and status that ps and top read are there, in order, and say what is true. */
#include <sys/prctl.h>

#include "guest_helpers.h"

static char text[8192];

static void slurp(const char *name)
{
	int fd = open(name, O_RDONLY);
	ssize_t n, at = 0;

	CHECK(fd >= 0);
	while ((n = read(fd, text + at, sizeof(text) - 1 - (size_t)at)) > 0)
		at += n;
	text[at] = 0;
	close(fd);
}

static const char *field(const char *name)
{
	static char v[256];
	char *p = strstr(text, name);

	if (!p || (p != text && p[-1] != '\n'))
		return "(missing)";
	p += strlen(name);
	while (*p == ':' || *p == '\t' || *p == ' ')
		p++;
	snprintf(v, sizeof(v), "%.*s", (int)strcspn(p, "\n"), p);
	return v;
}

int main(void)
{
	static const char *const names[] = { "Name",
					     "Umask",
					     "State",
					     "Tgid",
					     "Ngid",
					     "Pid",
					     "PPid",
					     "TracerPid",
					     "Uid",
					     "Gid",
					     "FDSize",
					     "Groups",
					     "VmPeak",
					     "VmSize",
					     "VmLck",
					     "VmHWM",
					     "VmRSS",
					     "VmData",
					     "VmStk",
					     "VmExe",
					     "VmLib",
					     "Threads",
					     "SigQ",
					     "SigPnd",
					     "ShdPnd",
					     "SigBlk",
					     "SigIgn",
					     "SigCgt",
					     "CapInh",
					     "CapPrm",
					     "CapEff",
					     "CapBnd",
					     "CapAmb",
					     "NoNewPrivs",
					     "Seccomp",
					     "Cpus_allowed",
					     "Cpus_allowed_list",
					     "voluntary_ctxt_switches",
					     "nonvoluntary_ctxt_switches" };
	int fields = 0;
	char *p;

	CHECK_EQ(prctl(PR_SET_NAME, "na me)\n\\x"), 0);
	umask(027);
	signal(SIGUSR1, SIG_IGN);
	block_signal(SIG_BLOCK, SIGUSR2);
	raise(SIGUSR2);
	slurp("/proc/self/status");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(field(names[i]), "(missing)") == 0)
			printf("missing %s\n", names[i]);
	printf("Name %s\n", field("Name"));
	printf("Umask %s\n", field("Umask"));
	printf("State %s\n", field("State"));
	printf("Pid %d PPid %d\n", atoi(field("Pid")) == getpid(),
	       atoi(field("PPid")) == getppid());
	printf("Uid %s\n", field("Uid"));
	printf("Threads %s\n", field("Threads"));
	printf("SigBlk %s\n", field("SigBlk"));
	printf("SigIgn %s\n", field("SigIgn"));
	printf("SigPnd %s\n", field("SigPnd"));
	printf("ShdPnd %s\n", field("ShdPnd"));
	printf("sizes %d\n", atol(field("VmPeak")) >= atol(field("VmSize")) &&
				     atol(field("VmSize")) > 0 &&
				     strstr(field("VmSize"), "kB") != NULL);
	slurp("/proc/self/stat");
	p = strrchr(text, ')');
	CHECK(p != NULL);
	printf("comm in stat: %s\n",
	       strchr(text, '(') && strncmp(strchr(text, '('), "(na me)\n\\x)", 11) == 0
		       ? "as it is"
		       : "changed");
	for (p++; *p; p++)
		fields += *p == ' ';
	printf("fields after it %d\n", fields);
	slurp("/proc/self/comm");
	printf("comm length %zu\n", strlen(text));
	slurp("/proc/self/statm");
	fields = 1;
	for (p = text; *p; p++)
		fields += *p == ' ';
	printf("statm fields %d\n", fields);
	slurp("/proc/self/wchan");
	printf("wchan newline %d\n", strchr(text, '\n') != NULL);
	slurp("/proc/self/limits");
	printf("limits %.24s\n", text);
	slurp("/proc/self/cgroup");
	printf("cgroup %s\n", strstr(text, ":") ? "there" : "empty");
	slurp("/proc/self/oom_score_adj");
	printf("oom_score_adj %s", text);
	slurp("/proc/self/loginuid");
	printf("loginuid %d\n", text[0] >= '0' && text[0] <= '9');
	return 0;
}
