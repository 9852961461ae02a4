/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attacks on the whole of umlk by a guest program. Each is a function that may end in any way, or not at all: run-hostile ends it after some
 * seconds. Only two things are defects: that it gets what it must not get, of which it says BREACH itself, and that anybody else suffers.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdint.h>

struct attack {
	const char *name;
	void (*run)(void);
	const char
		*flags; /* "user": as an ordinary user, for what would kill the witness by right */
};

extern const struct attack stub_attacks[], call_attacks[], race_attacks[], exhaust_attacks[],
	net_attacks[];

/* The exit status of a breach. Not 99, with which the stub's own text ends: an attacker that jumps there may end so. */
#define BREACH_STATUS 53

/* The attacker got what it must not have. Does not return. */
void breach(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* fn in a child, which may die; at most ms milliseconds. */
void in_child(void (*fn)(uint64_t), uint64_t arg, unsigned int ms);

/* Call fn(arg) again and again in another thread for ever. */
void in_thread(void *(*fn)(void *), void *arg);

uint64_t random_next(void);
void random_seed(uint64_t seed);

/* Milliseconds since some moment. */
uint64_t now_ms(void);

#endif
