// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that ps, top, free and uptime read: do they have the form these programs expect? */
#include "guest_helpers.h"

static char buf[65536];

static void get(const char *name)
{
	int fd = open(name, O_RDONLY);
	long n = 0, r;

	CHECK(fd >= 0);
	while ((r = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += r;
	buf[n] = 0;
	close(fd);
}

static void has(const char *key)
{
	char *p = strstr(buf, key);

	printf("%s %d\n", key, p && (p == buf || p[-1] == '\n'));
}

int main(void)
{
	unsigned long a, b, c, d;
	double up, idle, l1, l2, l3;
	int running, all, last;

	get("/proc/uptime");
	printf("uptime %d\n", sscanf(buf, "%lf %lf", &up, &idle));
	get("/proc/loadavg");
	printf("loadavg %d\n",
	       sscanf(buf, "%lf %lf %lf %d/%d %d", &l1, &l2, &l3, &running, &all, &last));
	get("/proc/meminfo");
	has("MemTotal:");
	has("MemFree:");
	has("MemAvailable:");
	has("Buffers:");
	has("Cached:");
	has("SwapTotal:");
	has("SwapFree:");
	printf("MemTotal %d\n", sscanf(buf, "MemTotal: %lu kB", &a));
	get("/proc/stat");
	printf("cpu line %d\n", sscanf(buf, "cpu %lu %lu %lu %lu", &a, &b, &c, &d));
	has("cpu0");
	has("btime");
	has("processes");
	has("ctxt");
	get("/proc/cpuinfo");
	has("processor");
	has("flags");
	get("/proc/version");
	printf("version %d\n", strncmp(buf, "Linux version ", 14) == 0);
	get("/proc/filesystems");
	printf("tmpfs %d proc %d\n", strstr(buf, "nodev\ttmpfs\n") != NULL,
	       strstr(buf, "nodev\tproc\n") != NULL);
	get("/proc/self/mountinfo");
	printf("mountinfo %d\n", strstr(buf, " / ") != NULL && strstr(buf, " - ") != NULL);
	get("/proc/mounts");
	printf("proc mounted %d\n", strstr(buf, " /proc proc ") != NULL);
	get("/proc/sys/kernel/ostype");
	printf("ostype %s", buf);
	get("/proc/sys/kernel/pid_max");
	printf("pid_max %d\n", atoi(buf) >= 32768);
	get("/proc/sys/kernel/random/boot_id");
	printf("boot_id %zu\n", strlen(buf));
	get("/proc/sys/kernel/random/uuid");
	printf("uuid %zu\n", strlen(buf));
	return 0;
}
