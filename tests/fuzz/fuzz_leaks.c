// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_leaks.h"

#include <sanitizer/allocator_interface.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdbool.h>
#include <stdio.h>

#define LIVE_MAX 65536u
#define FRAMES	 16u
#define PRINTED	 8u

static const volatile void *live[LIVE_MAX];
static bool noting;

size_t leaks_bytes(void)
{
	return __sanitizer_get_current_allocated_bytes();
}

static void swap_in(const volatile void *from, const volatile void *to)
{
	for (size_t i = 0; i < LIVE_MAX; i++)
		if (live[i] == from) {
			live[i] = to;
			return;
		}
}

static void on_malloc(const volatile void *p, size_t n)
{
	(void)n;
	if (noting && p)
		swap_in(NULL, p);
}

static void on_free(const volatile void *p)
{
	if (noting && p)
		swap_in(p, NULL);
}

void leaks_begin(void)
{
	noting = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) != 0;
}

void leaks_print(void)
{
	unsigned int printed = 0;

	noting = false;
	for (size_t i = 0; i < LIVE_MAX && printed < PRINTED; i++) {
		void *frames[FRAMES], *p = (void *)(size_t)live[i];
		size_t n;
		char text[300];
		int thread;

		if (!p)
			continue;
		printed++;
		n = __asan_get_alloc_stack(p, frames, FRAMES, &thread);
		(void)fprintf(stderr, "%zu bytes are left of\n", __sanitizer_get_allocated_size(p));
		for (size_t k = 0; k < n; k++) {
			__sanitizer_symbolize_pc(frames[k], "    %f %s:%l", text, sizeof(text));
			(void)fprintf(stderr, "%s\n", text);
		}
	}
}
