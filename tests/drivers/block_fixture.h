/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ubd disk over files of a temporary directory, with the real scheduler and no engine. Include it behind cmocka.h. */
#ifndef TESTS_BLOCK_FIXTURE_H
#define TESTS_BLOCK_FIXTURE_H

#include "drivers/block.h"
#include "drivers/buffer.h"

/* Run fn in a kernel task, with a stand-in for the engine, and end the process with what it returns. */
noreturn void fixture_run(int (*fn)(void));

/* Open and start a disk by its word ("ubd0=%s", path); fails the test if it cannot. */
struct block_device *fixture_disk(unsigned int n, const char *word);
/* The same where it must be refused: *why is filled. */
int fixture_refused(const char *word, char *why, size_t len);
void fixture_remove(unsigned int n);

/* A path in the temporary directory, in a buffer of the caller's; the directory goes away at the end. */
const char *fixture_path(char *buf, size_t len, const char *name);
/* A file of that many bytes; seed 0: zeros, otherwise noise. */
void fixture_file(const char *path, uint64_t bytes, unsigned int seed);
/* All of a file into memory (free it). */
uint8_t *fixture_read(const char *path, size_t *ret_len);

#endif
