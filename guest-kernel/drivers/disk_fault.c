// SPDX-License-Identifier: GPL-2.0-or-later
/* See disk_fault.h. */
#include "drivers/disk_fault.h"
#include "abi/abi_errno.h"
#include "core/klog.h"
#include "lib/string.h"

static const char *const names[DISK_FAULTS] = { "read", "write", "flush", "punch" };

static struct {
	uint64_t calls, first, count; /* count 0: none */
} faults[DISK_FAULTS];

/* The number up to the next ':' or the end; *text goes behind it. */
static bool number(const char **text, uint64_t *ret)
{
	const char *p = *text;
	char digits[24];
	size_t n = 0;

	while (p[n] && p[n] != ':')
		n++;
	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, p, n);
	digits[n] = '\0';
	*text = p[n] ? p + n + 1 : p + n;
	return str_to_u64(digits, 10, ret);
}

int disk_fault_set(const char *text, char *why, size_t len)
{
	uint64_t first, count = UINT64_MAX;

	if (strcmp(text, "none") == 0) {
		for (unsigned int i = 0; i < DISK_FAULTS; i++)
			faults[i].count = 0;
		return 0;
	}
	for (unsigned int i = 0; i < DISK_FAULTS; i++) {
		size_t n = strlen(names[i]);
		const char *p = text + n + 1;

		if (strncmp(text, names[i], n) != 0 || text[n] != ':')
			continue;
		if (!number(&p, &first) || first == 0 || (*p && !number(&p, &count)) || *p)
			break;
		faults[i].calls = 0;
		faults[i].first = first;
		faults[i].count = count;
		return 0;
	}
	(void)format_str(why, len,
			 "ubd=fail:%s: read, write, flush or punch, then :FIRST[:COUNT], is wanted",
			 text);
	return -EINVAL;
}

bool disk_fault_planned(enum disk_fault what)
{
	return faults[what].count > 0;
}

bool disk_fault_due(enum disk_fault what)
{
	uint64_t n = ++faults[what].calls;

	if (faults[what].count == 0 || n < faults[what].first ||
	    n - faults[what].first >= faults[what].count)
		return false;
	if (n == faults[what].first)
		pr_warning("disk: %s number %llu fails, as was asked for", names[what],
			   (unsigned long long)n);
	return true;
}
