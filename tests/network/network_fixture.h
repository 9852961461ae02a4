/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the network's tests share: a network namespace and a runtime directory of their own, peers in further namespaces,
 * crash and fault points, and a look at everything that could be left over.
 */
#ifndef TESTS_NETWORK_FIXTURE_H
#define TESTS_NETWORK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <cmocka.h>

#include "daemon/network/network_internal.h"

#define FIXTURE_INSTANCE "0123456789abcdef"
#define FIXTURE_BRIDGE	 0x0a9b0001u /* 10.155.0.1 */

struct fixture {
	uv_loop_t loop;
	struct paths paths;
	struct bridge_config
		configs[2]; /* umlbr0 with all, umlbr1 (10.156.0.1/24) with neither NAT nor DHCP */
	struct network *n;
};

/* Counts the steps of the code under test; ends the process or fails at the given one (0: never). */
extern unsigned int step_count, step_crash_at, step_fail_at;
#define STEP_CRASH_STATUS 99

/* Enter a network namespace of our own with lo up; exits with 77 (skipped) if that is not possible. */
void fixture_isolate(void);

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A new umld: the old object is dropped as a kill -9 would (nothing is undone), a new one reads the ledger. */
void fixture_restart(struct fixture *f);

/* Turn the loop until cond(arg) or 30 s have passed; returns whether it came true. */
bool fixture_spin(struct fixture *f, bool (*cond)(void *arg), void *arg);

/* Until no dnsmasq is dying, and where one is wanted one runs. */
void fixture_settle(struct fixture *f);

/* Run a shell command; the exit status. */
int printf_like(1, 2) sh(const char *fmt, ...);
/* Its output, owned by the caller; the status is lost. */
char *printf_like(1, 2) sh_output(const char *fmt, ...);

/* Define; bring up and settle. */
struct guest_net fixture_define(struct fixture *f, const char *guest, const char *net);
void fixture_up(struct fixture *f, const char *guest, const struct guest_net *net);

/* Links but lo, tables of nft, dnsmasq processes in this namespace, files of the ledger, ip_forward: as one line; "" is clean. */
const char *fixture_leftovers(struct fixture *f);
#define assert_clean(f) assert_string_equal(fixture_leftovers(f), "")

unsigned int fixture_dnsmasq_count(void);

/* SIGKILL to a process that is not our child, until it is gone with all it held. */
void kill_and_wait(pid_t pid);

/* An A query to server; host order address, 0 if the name does not exist or there is no answer in time. */
uint32_t dns_query(const char *server, const char *name);
/* The same again and again until it gives want or some seconds have passed. */
uint32_t dns_query_until(const char *server, const char *name, uint32_t want);

/* A process in another network namespace, to be used by `nsenter`. */
struct peer {
	pid_t pid;
};
struct peer peer_start(void);
void peer_end(struct peer *p);
int printf_like(2, 3) peer_sh(const struct peer *p, const char *fmt, ...);
char *printf_like(2, 3) peer_output(const struct peer *p, const char *fmt, ...);

#endif
