/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to a mounted image at /m, whatever is in it. Errors are the image's answer; only what no image may cause ends the program. */
#ifndef TESTS_FUZZ_IMAGE_PROGRAM_H
#define TESTS_FUZZ_IMAGE_PROGRAM_H

#include <stdint.h>

struct operation {
	uint8_t what, object, argument;
};

/* Read everything: names, attributes, data; a few hundred files at most. */
void program_walk(void);
/* Change things; n 0: a list of all kinds. */
void program_run(const struct operation *ops, unsigned int n);

#endif
