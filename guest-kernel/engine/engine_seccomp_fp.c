// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The extended state of a stopped guest thread: it lies in its signal frame, in the host's layout, with a few words of the host's
 * own in bytes 464 to 511 and a mark behind it that say how long it is. A frame can be forged: lengths are bounded by what this CPU has.
 */
#include "abi/abi_errno.h"
#include "engine/engine_seccomp.h"
#include "lib/string.h"

#define LEGACY_BYTES  512u
#define HEADER_BYTES  64u
#define FCW_INITIAL   0x37fu
#define MXCSR_INITIAL 0x1f80u
#define MXCSR_OFFSET  24u
#define AMX_FEATURES  (3ull << 17) /* only after a request that stubs never make */

/* What the host says of its frames: the last seen, else by the CPU. */
static uint64_t frame_features;
static uint32_t frame_bytes;

static uint64_t xcr0(void)
{
	uint32_t lo, hi;

	__asm__("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return ((uint64_t)hi << 32 | lo) & ~AMX_FEATURES;
}

static char *fp_bytes_of(struct sc_thread *t, size_t *ret_room)
{
	uint64_t offset = t->fp - sc_area_address(t);

	if (offset < sizeof(struct stub_mailbox) || (offset & (HEADER_BYTES - 1)) ||
	    offset > STUB_THREAD_STRIDE - LEGACY_BYTES)
		return NULL;
	*ret_room = STUB_THREAD_STRIDE - offset;
	return (char *)t->box + offset;
}

static ssize_t fp_initial(char *buf)
{
	const uint16_t fcw = FCW_INITIAL;
	const uint32_t mxcsr = MXCSR_INITIAL;

	memset(buf, 0, LEGACY_BYTES + HEADER_BYTES);
	memcpy(buf, &fcw, sizeof(fcw));
	memcpy(buf + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	return LEGACY_BYTES + HEADER_BYTES;
}

ssize_t sc_fp_get(struct engine_thread *thread, void *buf, size_t len)
{
	struct sc_thread *t = sc_thread_of(thread);
	struct stub_xstate_sw sw;
	size_t room, n;
	char *from;

	if (len < engine_fp_bytes())
		return -ENOSPC;
	if (t->running || !t->fp_known)
		return -EBUSY;
	if (t->fp == 0)
		return fp_initial(buf);
	from = fp_bytes_of(t, &room);
	if (!from)
		return -EFAULT;
	memcpy(&sw, from + STUB_XSTATE_SW_OFFSET, sizeof(sw));
	n = sw.magic1 == STUB_XSTATE_MAGIC1 ? sw.xstate_size : LEGACY_BYTES;
	n = MIN(n, MIN(room, engine_fp_bytes()));
	if (n < LEGACY_BYTES + HEADER_BYTES) {
		(void)fp_initial(buf);
		n = LEGACY_BYTES;
	} else if (frame_bytes == 0) {
		frame_bytes = (uint32_t)n;
		frame_features = sw.features & xcr0();
	}
	memcpy(buf, from, n);
	memset((char *)buf + STUB_XSTATE_SW_OFFSET, 0, sizeof(sw));
	return (ssize_t)MAX(n, LEGACY_BYTES + HEADER_BYTES);
}

int sc_fp_set(struct engine_thread *thread, const void *buf, size_t len)
{
	struct sc_thread *t = sc_thread_of(thread);
	uint32_t size = frame_bytes ? frame_bytes : (uint32_t)engine_fp_bytes();
	const uint32_t magic2 = STUB_XSTATE_MAGIC2;
	struct stub_xstate_sw sw = {
		.magic1 = STUB_XSTATE_MAGIC1,
		.extended_size = size + (uint32_t)sizeof(magic2),
		.features = frame_bytes ? frame_features : xcr0(),
		.xstate_size = size,
	};
	char *to = (char *)t->box + STUB_AREA_FP;

	if (len < LEGACY_BYTES + HEADER_BYTES || len > engine_fp_bytes() ||
	    size > STUB_AREA_STACK - STUB_AREA_FP - sizeof(magic2))
		return -EINVAL;
	if (t->running)
		return -EBUSY;
	memset(to, 0, size);
	memcpy(to, buf, MIN(len, size));
	memcpy(to + STUB_XSTATE_SW_OFFSET, &sw, sizeof(sw));
	memcpy(to + size, &magic2, sizeof(magic2));
	t->fp = sc_area_address(t) + STUB_AREA_FP;
	t->fp_known = true;
	return 0;
}
