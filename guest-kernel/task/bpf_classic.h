/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classic BPF over a struct seccomp_data or a network packet: the check of a guest's program and its interpreter. The accumulator and the index register begin as 0; a memory
 * cell must be written on every way to where it is read; jumps go forward only, so a checked program ends.
 */
#ifndef TASK_BPF_CLASSIC_H
#define TASK_BPF_CLASSIC_H

#include "abi/abi_seccomp.h"
#include "lib/types.h"

/* 0; -EINVAL: what Linux refuses in a seccomp filter; -ENOMEM. */
int bpf_classic_check(const struct abi_bpf_insn *insns, unsigned int len);
/* The same for a socket filter. */
int bpf_packet_check(const struct abi_bpf_insn *insns, unsigned int len);

/* Run a checked program. */
uint32_t bpf_classic_run(const struct abi_bpf_insn *insns, const struct abi_seccomp_data *data);

/* What a socket filter sees. Words of the packet are in network order; a load outside of it ends the program with 0. */
struct bpf_packet {
	const uint8_t *data;
	uint32_t len;
	uint32_t protocol, pkttype, ifindex; /* SKF_AD_* loads; the others are 0 */
};
/* How many bytes of the packet to keep. */
uint32_t bpf_packet_run(const struct abi_bpf_insn *insns, const struct bpf_packet *packet);

#endif
