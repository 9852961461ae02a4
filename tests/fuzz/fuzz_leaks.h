/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is lost in a part of the program: what was allocated there and is still there at its end, with the stacks of its allocation. */
#ifndef TESTS_FUZZ_LEAKS_H
#define TESTS_FUZZ_LEAKS_H

#include <stddef.h>

/* What the heap has in use. */
size_t leaks_bytes(void);
/* From here on allocations are noted; leaks_print writes those that were not given back to stderr. Once in a program. */
void leaks_begin(void);
void leaks_print(void);

#endif
