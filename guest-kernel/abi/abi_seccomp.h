/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seccomp(2) and classic BPF as seccomp takes it. Source: include/uapi/linux/seccomp.h, filter.h and bpf_common.h of Linux 6.1. */
#ifndef ABI_ABI_SECCOMP_H
#define ABI_ABI_SECCOMP_H

#include <stdint.h>

enum { SECCOMP_MODE_OFF, SECCOMP_MODE_STRICT, SECCOMP_MODE_FILTER };

enum {
	SECCOMP_SET_MODE_STRICT,
	SECCOMP_SET_MODE_FILTER,
	SECCOMP_GET_ACTION_AVAIL,
	SECCOMP_GET_NOTIF_SIZES,
};

#define SECCOMP_FLAG_TSYNC	 1u
#define SECCOMP_FLAG_LOG	 2u
#define SECCOMP_FLAG_SPEC_ALLOW	 4u
#define SECCOMP_FLAG_TSYNC_ESRCH 16u

#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#define SECCOMP_RET_KILL_THREAD	 0x00000000u
#define SECCOMP_RET_TRAP	 0x00030000u
#define SECCOMP_RET_ERRNO	 0x00050000u
#define SECCOMP_RET_USER_NOTIF	 0x7fc00000u
#define SECCOMP_RET_TRACE	 0x7ff00000u
#define SECCOMP_RET_LOG		 0x7ffc0000u
#define SECCOMP_RET_ALLOW	 0x7fff0000u
#define SECCOMP_RET_ACTION	 0xffff0000u
#define SECCOMP_RET_DATA	 0x0000ffffu

#define AUDIT_ARCH_GUEST	0xc000003eu /* x86-64 */
#define AUDIT_ARCH_GUEST_COMPAT 0x40000003u /* i386, by int $0x80 */

struct abi_seccomp_data {
	int32_t nr;
	uint32_t arch;
	uint64_t ip;
	uint64_t args[6];
};
_Static_assert(sizeof(struct abi_seccomp_data) == 64, "struct seccomp_data");

struct abi_bpf_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};
_Static_assert(sizeof(struct abi_bpf_insn) == 8, "struct sock_filter");

struct abi_bpf_program {
	uint16_t len, pad[3];
	uint64_t insns;
};
_Static_assert(sizeof(struct abi_bpf_program) == 16, "struct sock_fprog");

#define BPF_INSNS_MAX 4096u
#define BPF_CELLS     16u

/* Loads from here on are of what the kernel knows of a packet. */
#define SKF_AD_OFF	0xfffff000u
#define SKF_AD_PROTOCOL 0u
#define SKF_AD_PKTTYPE	4u
#define SKF_AD_IFINDEX	8u

/* Instruction codes, spelt out: class | size or operation | mode or source. */
enum {
	BPF_LD_W_ABS = 0x20,
	BPF_LD_H_ABS = 0x28, /* this and the next five in socket filters only */
	BPF_LD_B_ABS = 0x30,
	BPF_LD_W_IND = 0x40,
	BPF_LD_H_IND = 0x48,
	BPF_LD_B_IND = 0x50,
	BPF_LDX_B_MSH = 0xb1,
	BPF_LD_W_LEN = 0x80,
	BPF_LDX_W_LEN = 0x81,
	BPF_LD_IMM = 0x00,
	BPF_LDX_IMM = 0x01,
	BPF_LD_MEM = 0x60,
	BPF_LDX_MEM = 0x61,
	BPF_ST = 0x02,
	BPF_STX = 0x03,
	BPF_RET_K = 0x06,
	BPF_RET_A = 0x16,
	BPF_TAX = 0x07,
	BPF_TXA = 0x87,
	BPF_ALU = 0x04, /* | operation | 8 for X */
	BPF_JMP = 0x05, /* | comparison | 8 for X */
	BPF_X = 0x08,
	BPF_ADD = 0x00,
	BPF_SUB = 0x10,
	BPF_MUL = 0x20,
	BPF_DIV = 0x30,
	BPF_OR = 0x40,
	BPF_AND = 0x50,
	BPF_LSH = 0x60,
	BPF_MOD = 0x90, /* socket filters only */
	BPF_RSH = 0x70,
	BPF_NEG = 0x80,
	BPF_XOR = 0xa0,
	BPF_JA = 0x00,
	BPF_JEQ = 0x10,
	BPF_JGT = 0x20,
	BPF_JGE = 0x30,
	BPF_JSET = 0x40,
};

#endif
