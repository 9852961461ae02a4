/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of single spaces and threads start from: one space with a few bytes of code and one thread in it. Included once by each test, after cmocka. */
#ifndef TESTS_ENGINE_SPACE_FIXTURE_H
#define TESTS_ENGINE_SPACE_FIXTURE_H

#include "tests/engine/mini_kernel.h"

static struct engine_space *space;
static struct engine_thread *thread;
static struct engine_event ev;

#define CODE(...)                                                                   \
	do {                                                                        \
		const unsigned char code_[] = { __VA_ARGS__ };                      \
		assert_int_equal(mini_code_space(code_, sizeof(code_), &space), 0); \
		assert_int_equal(mini_code_thread(space, 0, &thread), 0);           \
	} while (0)
#define SYSCALL_LOOP 0x0f, 0x05, 0xeb, 0xfc
#define BUSY_LOOP    0xff, 0xc0, 0xeb, 0xfc /* incl eax; jmp */

static int teardown(void **state)
{
	(void)state;
	if (space)
		engine->space_destroy(space);
	space = NULL;
	return 0;
}

#endif
