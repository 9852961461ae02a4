// SPDX-License-Identifier: GPL-2.0-or-later
/* The seccomp engine is not written yet: its probe says so, and engine=auto takes the other one. */
#include "abi/abi_errno.h"
#include "engine/engine_common.h"

static int sc_probe(char *why, size_t len)
{
	return engine_why(why, len, -ENOSYS, "the seccomp engine is not written yet");
}

const struct engine_ops engine_seccomp = {
	.name = "seccomp",
	.max_vcpus = 16,
	.probe = sc_probe,
};
