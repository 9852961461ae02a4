// SPDX-License-Identifier: GPL-2.0-or-later
/* The processor, from the host's auxiliary vector and /proc/cpuinfo. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/host_cpu.h"

uint64_t host_hwcap(void)
{
	return getauxval(AT_HWCAP);
}

uint64_t host_hwcap2(void)
{
	return getauxval(AT_HWCAP2);
}

uint64_t host_min_signal_stack(void)
{
#ifdef AT_MINSIGSTKSZ
	uint64_t n = getauxval(AT_MINSIGSTKSZ);
#else
	uint64_t n = 0;
#endif
	return n ? n : 2048;
}

size_t host_cpuinfo(char *buf, size_t len)
{
	int fd = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	char *end;

	if (len == 0)
		return 0;
	while (fd >= 0 && have + 1 < len) {
		ssize_t n = read(fd, buf + have, len - 1 - have);

		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	buf[have] = '\0';
	end = strstr(buf, "\n\n");
	if (end) {
		end[1] = '\0';
		have = (size_t)(end + 1 - buf);
	}
	return have;
}

unsigned int host_cpus_online(void)
{
	static unsigned int n;

	if (n == 0) {
		long have = sysconf(_SC_NPROCESSORS_ONLN);

		n = have > 0 ? (unsigned int)have : 1;
	}
	return n;
}

/* The fourth word of /proc/loadavg, "running/all". The file stays open: a sandbox may not open it later. */
unsigned int host_running(void)
{
	static int fd = -2;
	char text[64], *at = text;
	ssize_t n;

	if (fd == -2)
		fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? pread(fd, text, sizeof(text) - 1, 0) : -1;
	if (n <= 0)
		return UINT_MAX;
	text[n] = '\0';
	for (int i = 0; i < 3 && at; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at && strchr(at, '/') ? (unsigned int)strtoul(at, NULL, 10) : UINT_MAX;
}

uint64_t host_thread_preempted(void)
{
	struct rusage ru;

	return getrusage(RUSAGE_THREAD, &ru) == 0 ? (uint64_t)ru.ru_nivcsw : 0;
}
