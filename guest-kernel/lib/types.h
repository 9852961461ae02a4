/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types and small macros that every file of the guest kernel may use. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* limits.h is not used: it drags in the C library's, with names that are the guest's business here. */
#ifndef INT_MAX
#define INT_MAX	 __INT_MAX__
#define INT_MIN	 (-__INT_MAX__ - 1)
#define UINT_MAX (__INT_MAX__ * 2u + 1)
#endif

typedef long ssize_t; /* the same type as the C library's */

/* A guest virtual address. A struct, so that using it as a pointer does not compile. */
typedef struct {
	uint64_t a;
} uaddr_t;

#define UADDR(x) ((uaddr_t){ (uint64_t)(x) })

#define must_check	       __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define noreturn	       __attribute__((noreturn))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* Each argument is evaluated once, in the type that both are converted to; the counter lets them nest. */
#define MIN(a, b)	       LESSER_OF(a, b, <, __COUNTER__)
#define MAX(a, b)	       LESSER_OF(a, b, >, __COUNTER__)
#define LESSER_OF(a, b, op, n) LESSER_OF_(a, b, op, n)
#define LESSER_OF_(a, b, op, n)                                              \
	__extension__({                                                      \
		__typeof__(1 ? (a) : (b)) first_##n = (a), second_##n = (b); \
		first_##n op second_##n ? first_##n : second_##n;            \
	})
#define ALIGN_UP(x, n)	 (((x) + (n)-1) & ~((__typeof__(x))(n)-1))
#define ALIGN_DOWN(x, n) ((x) & ~((__typeof__(x))(n)-1))
#define BIT(n)		 (1ul << (n))

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define NSEC_PER_SEC  1000000000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_USEC 1000ull

#endif
