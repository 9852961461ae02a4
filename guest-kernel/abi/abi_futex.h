/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Futex commands, wake-op codes and the robust list, see futex(2) and get_robust_list(2). */
#ifndef ABI_FUTEX_H
#define ABI_FUTEX_H

#include "lib/types.h"

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_FD = 2,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_LOCK_PI = 6,
	FUTEX_UNLOCK_PI = 7,
	FUTEX_TRYLOCK_PI = 8,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_WAIT_REQUEUE_PI = 11,
	FUTEX_CMP_REQUEUE_PI = 12,
	FUTEX_LOCK_PI2 = 13,
};
#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256

#define FUTEX_WAITERS	 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK	 0x3fffffffu

enum { FUTEX_OP_SET = 0, FUTEX_OP_ADD = 1, FUTEX_OP_OR = 2, FUTEX_OP_ANDN = 3, FUTEX_OP_XOR = 4 };
#define FUTEX_OP_OPARG_SHIFT 8u
enum {
	FUTEX_OP_CMP_EQ = 0,
	FUTEX_OP_CMP_NE = 1,
	FUTEX_OP_CMP_LT = 2,
	FUTEX_OP_CMP_LE = 3,
	FUTEX_OP_CMP_GT = 4,
	FUTEX_OP_CMP_GE = 5
};

struct abi_robust_list_head {
	uint64_t list;
	int64_t futex_offset;
	uint64_t list_op_pending;
};
_Static_assert(sizeof(struct abi_robust_list_head) == 24, "struct robust_list_head");

#endif
