// SPDX-License-Identifier: GPL-2.0-or-later
/* Socket and seccomp filters of guests: the input is a program of 8 byte instructions, and what is left over a packet. Checked ones must run and end. */
#include "fuzz_target.h"

#include "task/bpf_classic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned int n = (unsigned int)(len / 8);
	struct abi_bpf_insn *insns = exact_copy(data, (size_t)n * 8);
	uint8_t *packet = exact_copy(data + len / 2, len - len / 2);
	const struct bpf_packet p = { packet, (uint32_t)(len - len / 2), 0x800, 4, 2 };
	struct abi_seccomp_data call = { .nr = 1, .args = { 1, 2, 3, 4, 5, 6 } };

	if (bpf_packet_check(insns, n) == 0)
		(void)bpf_packet_run(insns, &p);
	if (bpf_classic_check(insns, n) == 0)
		(void)bpf_classic_run(insns, &call);
	free(packet);
	free(insns);
	return 0;
}
