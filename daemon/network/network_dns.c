// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dnsmasq of a bridge.
 *
 * Start: the directories; a ledger entry without a pid; a held process; the entry with its pid and start time; let
 * go; ready; the entry says so. If umld dies before it lets go the held process ends by itself, so at no point does a
 * dnsmasq run that the ledger does not name; and only one that was ready is adopted, since one that is not
 * may be about to end. dnsmasq closes its standard error when its sockets are bound, which is the sign that it is ready.
 *
 * End: a process that was told to end may take seconds to be gone on a busy host (the kernel waits in the release of
 * its inotify descriptors), and holds its ports till then. umld does not wait: the process is `dying`, stays in the
 * ledger and is watched, and its successor is started when it has gone.
 *
 * It reads new files by inotify; after a removal or a change it needs SIGHUP.
 */
#include "daemon/network/network_dns.h"

#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/network/network_dns_args.h"
#include "daemon/network/network_dns_files.h"
#include "daemon/network/network_ledger.h"

#define DNS_READY_MS	   3000
#define DNS_BACKOFF_MAX_MS 60000u
#define DNS_CALM_MS	   60000u

/* Lives until libuv has closed its handle; belongs to no bridge any more from uv_close on. */
struct dns_watch {
	uv_poll_t poll;
	int pidfd;
	struct bridge *bridge;
};

struct dns_timer {
	uv_timer_t timer;
	struct bridge *bridge;
};

static int dns_start(struct bridge *b, struct error *err);

/* --- watching ------------------------------------------------------------------------------------ */

static void watch_closed(uv_handle_t *h)
{
	struct dns_watch *w = h->data;

	(void)close(w->pidfd);
	free(w);
}

static void watch_drop(struct dns_watch **slot)
{
	struct dns_watch *w = TAKE_PTR(*slot);

	if (!w)
		return;
	w->bridge = NULL;
	(void)uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, watch_closed);
}

/* Watch for the end of a process. Takes pidfd over, also on failure. */
static int watch_add(struct bridge *b, int pidfd, uv_poll_cb on_end, struct dns_watch **slot)
{
	cleanup_close int fd = pidfd;
	struct dns_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	r = uv_poll_init(b->network->loop, &w->poll, fd);
	if (r < 0) {
		free(w);
		return r;
	}
	w->poll.data = w;
	w->pidfd = TAKE_FD(fd);
	w->bridge = b;
	*slot = w;
	r = uv_poll_start(&w->poll, UV_READABLE, on_end);
	if (r < 0) {
		watch_drop(slot);
		return r;
	}
	uv_unref((uv_handle_t *)&w->poll);
	return 0;
}

static void timer_closed(uv_handle_t *h)
{
	free(h->data);
}

static void timer_drop(struct bridge *b)
{
	struct dns_timer *t = TAKE_PTR(b->dns.timer);

	if (!t)
		return;
	t->bridge = NULL;
	uv_close((uv_handle_t *)&t->timer, timer_closed);
}

static unsigned int backoff_ms(unsigned int deaths)
{
	if (deaths <= 1)
		return 0;
	return deaths > 7 ? DNS_BACKOFF_MAX_MS : 1000u << (deaths - 2);
}

static void dns_retry(struct bridge *b);

static void on_restart(uv_timer_t *timer)
{
	struct dns_timer *t = timer->data;
	struct bridge *b = t->bridge;
	cleanup_error struct error err = ERROR_INIT;

	if (!b || b->dns.watch || !b->dns.is_wanted)
		return;
	if (dns_start(b, &err) < 0) {
		log_error("bridge %s: %s, trying again", b->config.name,
			  err.message ? err.message : "dnsmasq does not start");
		dns_retry(b);
	}
}

static void timer_arm(struct bridge *b)
{
	struct dns_timer *t = b->dns.timer;

	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t || uv_timer_init(b->network->loop, &t->timer) < 0) {
			free(t);
			log_error("bridge %s: no memory to restart dnsmasq", b->config.name);
			return;
		}
		t->timer.data = t;
		t->bridge = b;
		uv_unref((uv_handle_t *)&t->timer);
		b->dns.timer = t;
	}
	(void)uv_timer_start(&t->timer, on_restart, backoff_ms(b->dns.deaths), 0);
}

/* It does not start, but guests may be on the bridge; if none is, the timer goes with the bridge. */
static void dns_retry(struct bridge *b)
{
	b->dns.deaths++;
	timer_arm(b);
}

static void on_death(uv_poll_t *poll, int status, int events)
{
	struct dns_watch *w = poll->data;
	struct bridge *b = w->bridge;
	uint64_t lived_ms;

	if (!b)
		return;
	lived_ms = uv_now(b->network->loop) - b->dns.started_ms;
	b->dns.deaths = lived_ms > DNS_CALM_MS ? 1 : b->dns.deaths + 1;
	watch_drop(&b->dns.watch);
	log_warning("bridge %s: dnsmasq has died, restarting it in %u s", b->config.name,
		    backoff_ms(b->dns.deaths) / 1000);
	timer_arm(b);
}

/* It runs and serves: watch it, and say so in the ledger. Takes pidfd over. */
static int dns_running(struct bridge *b, int pidfd)
{
	int r = watch_add(b, pidfd, on_death, &b->dns.watch);

	if (r < 0)
		return r;
	b->dns.started_ms = uv_now(b->network->loop);
	if (b->dns.is_ready)
		return 0;
	b->dns.is_ready = true;
	return ledger_set_dns(b, true);
}

/* --- start and stop ------------------------------------------------------------------------------ */

static void dns_forget_process(struct bridge *b)
{
	b->dns.id = (struct process_id){ 0 };
	b->dns.is_ready = false;
}

/* What was told to end has ended: start its successor, or let go of what only waited for this. */
static void on_dying_end(uv_poll_t *poll, int status, int events)
{
	struct dns_watch *w = poll->data;
	struct bridge *b = w->bridge;

	if (!b)
		return;
	watch_drop(&b->dns.dying);
	dns_forget_process(b);
	if (b->dns.is_wanted) {
		timer_arm(b);
		return;
	}
	(void)ledger_set_dns(b, false);
	if (!b->is_link_entered)
		ledger_drop_bridge(b->network, b);
}

/* The process is entered as not ready from the moment it is told to end, so that nobody adopts it. */
static void dns_stop(struct bridge *b)
{
	int pidfd;

	if (b->dns.dying)
		return;
	pidfd = b->dns.is_entered ? process_open(&b->dns.id) : -ESRCH;
	watch_drop(&b->dns.watch);
	if (pidfd < 0) {
		dns_forget_process(b);
		return;
	}
	b->dns.is_ready = false;
	(void)ledger_set_dns(b, true);
	if (process_end(pidfd, b->dns.id.pid)) {
		(void)close(pidfd);
		dns_forget_process(b);
		return;
	}
	if (watch_add(b, pidfd, on_dying_end, &b->dns.dying) < 0) {
		log_warning("bridge %s: cannot wait for the end of dnsmasq, ignoring",
			    b->config.name);
		dns_forget_process(b);
	}
}

/* The held process has its place in the ledger before it becomes dnsmasq. */
static int dns_release_held(struct bridge *b, struct held_process *held, struct error *err)
{
	char text[256];
	int r, pidfd;

	b->dns.id = held->id;
	r = ledger_set_dns(b, true);
	if (r == 0)
		r = network_step("dns-held");
	if (r == 0)
		r = process_let_go(held);
	if (r == 0)
		r = network_step("dns-released");
	if (r < 0)
		return error_set_errno(err, r, "cannot start dnsmasq for %s", b->config.name);
	r = process_wait_ready(held, DNS_READY_MS, text, sizeof(text));
	if (r == -EPROTO)
		return error_set(err, ERROR_FAILED, "dnsmasq-failed",
				 "dnsmasq for bridge %s did not start: %s", b->config.name, text);
	if (r < 0)
		return error_set_errno(err, r, "dnsmasq for bridge %s did not start",
				       b->config.name);
	pidfd = process_open(&b->dns.id);
	r = pidfd < 0 ? pidfd : dns_running(b, pidfd);
	if (r == 0)
		r = network_step("dns-ready");
	return r < 0 ? error_set_errno(err, r, "dnsmasq for bridge %s ended", b->config.name) : 0;
}

/* While a predecessor is dying nothing is done: its end starts the next one. */
static int dns_start(struct bridge *b, struct error *err)
{
	__attribute__((cleanup(dns_args_done))) struct dns_args args = { .n = 0 };
	struct held_process held = { .go_fd = -1, .stderr_fd = -1 };
	char *json;
	int r;

	if (b->dns.dying)
		return 0;
	r = dns_args_build(b, &args, &json, err);
	if (r < 0)
		return r;
	free(b->dns.argv_json);
	b->dns.argv_json = json;
	dns_forget_process(b);
	r = ledger_set_dns(b, true);
	if (r == 0)
		r = network_step("dns-entered");
	if (r == 0)
		r = process_spawn_held(args.v, &held);
	if (r < 0)
		return error_set_errno(err, r, "cannot start dnsmasq for %s", b->config.name);
	r = dns_release_held(b, &held, err);
	cleanup_close_p(&held.go_fd);
	cleanup_close_p(&held.stderr_fd);
	if (r < 0)
		dns_stop(b);
	return r;
}

/* Adopt what the ledger names, if it serves and with the arguments that it would be given now; end it otherwise. */
static bool dns_adopt(struct bridge *b, const char *argv_json)
{
	int pidfd;

	if (!b->dns.is_entered || b->dns.id.pid <= 0 || !b->dns.argv_json)
		return false;
	pidfd = process_open(&b->dns.id);
	if (pidfd < 0)
		return false;
	if (b->dns.is_ready && strcmp(b->dns.argv_json, argv_json) == 0)
		return dns_running(b, pidfd) == 0;
	(void)close(pidfd);
	dns_stop(b);
	return false;
}

int dns_up(struct bridge *b, struct error *err)
{
	__attribute__((cleanup(dns_args_done))) struct dns_args args = { .n = 0 };
	cleanup_free char *json = NULL;
	int r;

	r = dns_dirs_make(b, err);
	if (r < 0)
		return r;
	b->dns.is_wanted = true;
	if (b->dns.watch || b->dns.dying)
		return 0;
	r = dns_args_build(b, &args, &json, err);
	if (r < 0)
		return r;
	if (dns_adopt(b, json))
		return 0;
	r = dns_start(b, err);
	if (r < 0)
		dns_retry(b);
	return r;
}

void dns_down(struct bridge *b)
{
	b->dns.is_wanted = false;
	timer_drop(b);
	dns_stop(b);
	dns_dirs_remove(b);
	if (!b->dns.dying)
		(void)ledger_set_dns(b, false);
}

void dns_leave(struct bridge *b)
{
	timer_drop(b);
	watch_drop(&b->dns.watch);
	watch_drop(&b->dns.dying);
}

/* --- guests -------------------------------------------------------------------------------------- */

static void dns_reread(struct bridge *b)
{
	if (b->dns.watch)
		(void)process_hangup(b->dns.watch->pidfd);
}

int dns_guest_enter(struct bridge *b, const char *guest, const struct guest_net *net,
		    struct error *err)
{
	int r, changed;

	r = dns_files_write(b, guest, net, err);
	if (r < 0)
		return r;
	changed = r;
	if (dns_leases_conflict(b, guest, net)) {
		/* It keeps leases in memory: only a new one forgets. Queries under way are asked again. */
		dns_stop(b);
		r = dns_leases_clear(b, guest, net);
		if (r < 0)
			log_warning("bridge %s: cannot clear an old lease: %s, ignoring",
				    b->config.name, strerror(-r));
		r = dns_start(b, err);
		if (r < 0)
			dns_retry(b);
		return r;
	}
	if (changed)
		dns_reread(b);
	return 0;
}

void dns_guest_remove(struct bridge *b, const char *guest)
{
	if (dns_files_remove(b, guest))
		dns_reread(b);
}

static bool guest_is_on(void *ctx, const char *guest)
{
	const struct bridge *b = ctx;
	const struct tap *t = ledger_find_guest(b->network, guest);

	return t && strcmp(t->net.bridge, b->config.name) == 0;
}

void dns_guests_sweep(struct bridge *b)
{
	if (dns_files_sweep(b, guest_is_on, b))
		dns_reread(b);
}
