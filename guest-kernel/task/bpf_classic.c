// SPDX-License-Identifier: GPL-2.0-or-later
/* Classic BPF as seccomp and socket filters take it. */
#include "task/bpf_classic.h"
#include "abi/abi_errno.h"
#include "host/host_memory.h"
#include "lib/string.h"

enum { CLASS_MASK = 7, OP_MASK = 0xf0 };

static bool alu_ok(const struct abi_bpf_insn *i)
{
	bool x = (i->code & BPF_X) != 0;

	switch (i->code & OP_MASK) {
	case BPF_NEG:
		return !x;
	case BPF_DIV:
		return x || i->k != 0;
	case BPF_LSH:
	case BPF_RSH:
		return x || i->k < 32;
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		return true;
	default:
		return false;
	}
}

static bool jump_ok(const struct abi_bpf_insn *i, unsigned int at, unsigned int len)
{
	unsigned int left = len - at - 1; /* instructions behind this one */

	switch (i->code & OP_MASK) {
	case BPF_JA:
		return !(i->code & BPF_X) && i->k < left;
	case BPF_JEQ:
	case BPF_JGT:
	case BPF_JGE:
	case BPF_JSET:
		return i->jt < left && i->jf < left;
	default:
		return false;
	}
}

static bool insn_ok(const struct abi_bpf_insn *i, unsigned int at, unsigned int len, bool packet)
{
	switch (i->code) {
	case BPF_LD_H_ABS:
	case BPF_LD_B_ABS:
	case BPF_LD_W_IND:
	case BPF_LD_H_IND:
	case BPF_LD_B_IND:
	case BPF_LDX_B_MSH:
		return packet;
	case BPF_ALU | BPF_MOD:
		return packet && i->k != 0;
	case BPF_ALU | BPF_MOD | BPF_X:
		return packet;
	case BPF_LD_W_ABS:
		return packet || (i->k < sizeof(struct abi_seccomp_data) && (i->k & 3) == 0);
	case BPF_LD_MEM:
	case BPF_LDX_MEM:
	case BPF_ST:
	case BPF_STX:
		return i->k < BPF_CELLS;
	case BPF_LD_W_LEN:
	case BPF_LDX_W_LEN:
	case BPF_LD_IMM:
	case BPF_LDX_IMM:
	case BPF_RET_K:
	case BPF_RET_A:
	case BPF_TAX:
	case BPF_TXA:
		return true;
	default:
		break;
	}
	if (i->code & ~(CLASS_MASK | BPF_X | OP_MASK))
		return false;
	if ((i->code & CLASS_MASK) == BPF_ALU)
		return alu_ok(i);
	return (i->code & CLASS_MASK) == BPF_JMP && jump_ok(i, at, len);
}

/* Cells that are written on every way to each instruction; a read of another one is refused. */
static bool cells_ok(const struct abi_bpf_insn *insns, unsigned int len, uint16_t *known)
{
	uint16_t now = 0;

	memset(known, 0xff, len * sizeof(*known));
	for (unsigned int at = 0; at < len; at++) {
		const struct abi_bpf_insn *i = &insns[at];

		now &= known[at];
		if (i->code == BPF_ST || i->code == BPF_STX) {
			now |= (uint16_t)BIT(i->k);
		} else if (i->code == BPF_LD_MEM || i->code == BPF_LDX_MEM) {
			if (!(now & BIT(i->k)))
				return false;
		} else if ((i->code & CLASS_MASK) == BPF_JMP) {
			unsigned int yes = at + 1, no = at + 1;

			if ((i->code & OP_MASK) == BPF_JA) {
				yes += i->k;
				no += i->k;
			} else {
				yes += i->jt;
				no += i->jf;
			}
			known[yes] &= now;
			known[no] &= now;
			now = 0xffff; /* nothing falls through */
		}
	}
	return true;
}

static int check(const struct abi_bpf_insn *insns, unsigned int len, bool packet)
{
	uint16_t *known;
	bool ok;

	if (len == 0 || len > BPF_INSNS_MAX)
		return -EINVAL;
	for (unsigned int at = 0; at < len; at++)
		if (!insn_ok(&insns[at], at, len, packet))
			return -EINVAL;
	if (insns[len - 1].code != BPF_RET_K && insns[len - 1].code != BPF_RET_A)
		return -EINVAL;
	known = kmalloc(len * sizeof(*known));
	if (!known)
		return -ENOMEM;
	ok = cells_ok(insns, len, known);
	kfree(known);
	return ok ? 0 : -EINVAL;
}

int bpf_classic_check(const struct abi_bpf_insn *insns, unsigned int len)
{
	return check(insns, len, false);
}

int bpf_packet_check(const struct abi_bpf_insn *insns, unsigned int len)
{
	return check(insns, len, true);
}

static uint32_t alu(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0; /* by X: Linux ends the program with 0, see run */
	case BPF_MOD:
		return b ? a % b : 0;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	default:
		return -a;
	}
}

static bool jump_taken(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		return (a & b) != 0;
	}
}

/* size bytes of a packet at an offset, or something that the kernel knows of it. False: outside. */
static bool packet_load(const struct bpf_packet *p, uint64_t at, unsigned int size, uint32_t *ret)
{
	uint32_t v = 0;

	if (at >= SKF_AD_OFF && at <= UINT32_MAX) {
		at -= SKF_AD_OFF;
		*ret = at == SKF_AD_PROTOCOL  ? p->protocol
		       : at == SKF_AD_PKTTYPE ? p->pkttype
		       : at == SKF_AD_IFINDEX ? p->ifindex
					      : 0;
		return true;
	}
	if (at + size > p->len)
		return false;
	for (unsigned int i = 0; i < size; i++)
		v = v << 8 | p->data[at + i];
	*ret = v;
	return true;
}

/* The loads that only socket filters have, and those that mean something else there. */
static bool packet_insn(const struct abi_bpf_insn *i, const struct bpf_packet *p, uint32_t *a,
			uint32_t *x, bool *ret_ok)
{
	unsigned int size = 4;
	uint32_t v;

	*ret_ok = true;
	switch (i->code) {
	case BPF_LD_W_LEN:
		*a = p->len;
		return true;
	case BPF_LDX_W_LEN:
		*x = p->len;
		return true;
	case BPF_LDX_B_MSH:
		*ret_ok = packet_load(p, i->k, 1, &v);
		if (*ret_ok)
			*x = (v & 0xf) << 2;
		return true;
	case BPF_LD_B_ABS:
	case BPF_LD_B_IND:
		size = 1;
		break;
	case BPF_LD_H_ABS:
	case BPF_LD_H_IND:
		size = 2;
		break;
	case BPF_LD_W_ABS:
	case BPF_LD_W_IND:
		break;
	default:
		return false;
	}
	v = (i->code & 0xe0) == 0x40 ? *x : 0;
	*ret_ok = packet_load(p, (uint64_t)i->k + v, size, a);
	return true;
}

static uint32_t run(const struct abi_bpf_insn *insns, const struct abi_seccomp_data *data,
		    const struct bpf_packet *packet)
{
	uint32_t a = 0, x = 0, cells[BPF_CELLS] = { 0 }, b;
	bool ok;

	for (const struct abi_bpf_insn *i = insns;; i++) {
		if (packet && packet_insn(i, packet, &a, &x, &ok)) {
			if (!ok)
				return 0;
			continue;
		}
		switch (i->code) {
		case BPF_LD_W_ABS: /* of a packet: see packet_insn */
			if (data)
				memcpy(&a, (const char *)data + i->k, sizeof(a));
			continue;
		case BPF_LD_W_LEN:
			a = sizeof(*data);
			continue;
		case BPF_LDX_W_LEN:
			x = sizeof(*data);
			continue;
		case BPF_LD_IMM:
			a = i->k;
			continue;
		case BPF_LDX_IMM:
			x = i->k;
			continue;
		case BPF_LD_MEM:
			a = cells[i->k];
			continue;
		case BPF_LDX_MEM:
			x = cells[i->k];
			continue;
		case BPF_ST:
			cells[i->k] = a;
			continue;
		case BPF_STX:
			cells[i->k] = x;
			continue;
		case BPF_TAX:
			x = a;
			continue;
		case BPF_TXA:
			a = x;
			continue;
		case BPF_RET_K:
			return i->k;
		case BPF_RET_A:
			return a;
		default:
			break;
		}
		b = i->code & BPF_X ? x : i->k;
		if ((i->code & CLASS_MASK) == BPF_ALU) {
			if (((i->code & OP_MASK) == BPF_DIV || (i->code & OP_MASK) == BPF_MOD) &&
			    b == 0)
				return 0;
			a = alu(i->code & OP_MASK, a, b);
		} else if ((i->code & OP_MASK) == BPF_JA) {
			i += i->k;
		} else {
			i += jump_taken(i->code & OP_MASK, a, b) ? i->jt : i->jf;
		}
	}
}

uint32_t bpf_classic_run(const struct abi_bpf_insn *insns, const struct abi_seccomp_data *data)
{
	return run(insns, data, NULL);
}

uint32_t bpf_packet_run(const struct abi_bpf_insn *insns, const struct bpf_packet *packet)
{
	return run(insns, NULL, packet);
}
