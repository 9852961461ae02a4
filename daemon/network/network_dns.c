// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dnsmasq of a bridge.
 *
 * Start: the directories; a ledger entry without a pid; a held process; the entry with its pid and start time; let
 * go. If umld dies before the last step the held process ends by itself, so at no point does a dnsmasq run that the ledger
 * does not name. dnsmasq closes its standard error when its sockets are bound, which is the sign that it is ready.
 *
 * It reads new files by inotify; after a removal or a change it needs SIGHUP.
 */
#include "daemon/network/network_dns.h"

#include <json-c/json.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/network/network_dns_files.h"
#include "daemon/network/network_ledger.h"

#define DNS_READY_MS	   3000
#define DNS_BACKOFF_MAX_MS 60000u
#define DNS_CALM_MS	   60000u
#define DNS_ARGS_MAX	   40
#define DNS_LEASES_MAX	   65536u

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

/* --- arguments ----------------------------------------------------------------------------------- */

struct args {
	char *v[DNS_ARGS_MAX + 1];
	size_t n;
	bool failed;
};

static void args_done(struct args *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
}

static void printf_like(2, 3) args_add(struct args *a, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (a->n >= DNS_ARGS_MAX || vasprintf(&s, fmt, ap) < 0)
		a->failed = true;
	else
		a->v[a->n++] = s;
	va_end(ap);
}

static const char *dns_program(void)
{
	static const char *const paths[] = { "/usr/sbin/dnsmasq", "/usr/local/sbin/dnsmasq",
					     "/sbin/dnsmasq", "/usr/bin/dnsmasq" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* Without rights of its own where it can still read our directories then. */
static const char *dns_user(const struct bridge *b)
{
	static const char *const users[] = { "dnsmasq", "nobody" };

	if (!dns_dirs_are_open(b)) {
		log_warning("bridge %s: dnsmasq runs as root, since %s is closed to other users",
			    b->config.name, b->network->dir);
		return "root";
	}
	for (size_t i = 0; i < ARRAY_SIZE(users); i++)
		if (getpwnam(users[i]))
			return users[i];
	return "root";
}

/* Only what no configuration of the host's own dnsmasq can change: no configuration file, no hosts file. */
static void args_fill(struct args *a, const struct bridge *b, const char *program)
{
	const struct bridge_config *c = &b->config;
	uint32_t hosts = ~bridge_config_mask(c);
	char net[16], mask[16], hosts_dir[NETWORK_DIR_MAX + 32], dhcp_dir[NETWORK_DIR_MAX + 32],
		leases[NETWORK_DIR_MAX + 32];

	if (dns_path(b, "hosts", hosts_dir) < 0 || dns_path(b, "dhcp", dhcp_dir) < 0 ||
	    dns_path(b, "leases", leases) < 0) {
		a->failed = true;
		return;
	}
	(void)network_format_ipv4(bridge_config_net(c), net);
	(void)network_format_ipv4(bridge_config_mask(c), mask);
	args_add(a, "%s", program);
	args_add(a, "--keep-in-foreground");
	args_add(a, "--conf-file=/dev/null");
	args_add(a, "--pid-file=");
	args_add(a, "--user=%s", dns_user(b));
	args_add(a, "--interface=%s", c->name);
	args_add(a, "--except-interface=lo");
	args_add(a, "--bind-interfaces");
	args_add(a, "--no-hosts");
	args_add(a, "--hostsdir=%s", hosts_dir);
	args_add(a, "--domain=%s", c->domain);
	args_add(a, "--local=/%s/", c->domain);
	args_add(a, "--domain-needed");
	args_add(a, "--bogus-priv");
	args_add(a, "--dhcp-range=%s,static,%s,1h", net, mask);
	args_add(a, "--dhcp-hostsdir=%s", dhcp_dir);
	args_add(a, "--dhcp-leasefile=%s", leases);
	args_add(a, "--dhcp-lease-max=%u", hosts < DNS_LEASES_MAX ? hosts : DNS_LEASES_MAX);
	/* A guest cannot take another one's name: names come from umld alone. */
	args_add(a, "--dhcp-ignore-names");
	args_add(a, "--dhcp-authoritative");
	args_add(a, "--no-ping");
	args_add(a, "--quiet-dhcp");
}

/* One text for comparing what runs with what would be started. */
static char *args_to_json(const struct args *a)
{
	struct json_object *list = json_object_new_array();
	const char *text;
	char *copy = NULL;

	for (size_t i = 0; list && i < a->n; i++)
		json_object_array_add(list, json_object_new_string(a->v[i]));
	text = list ? json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN) : NULL;
	if (text)
		copy = strdup(text);
	json_object_put(list);
	return copy;
}

static int args_build(struct bridge *b, struct args *a, char **ret_json, struct error *err)
{
	const char *program = dns_program();
	char *json = NULL;
	int r;

	if (!program) {
		r = error_set(err, ERROR_NOT_FOUND, "dnsmasq-not-found",
			      "bridge %s needs dnsmasq, which is not installed", b->config.name);
		error_hint(err, "apt install dnsmasq-base, or set dhcp = no for this bridge");
		return r;
	}
	args_fill(a, b, program);
	if (!a->failed)
		json = args_to_json(a);
	if (!json)
		return error_set_errno(err, ENOMEM, "cannot start dnsmasq");
	*ret_json = json;
	return 0;
}

/* --- watching ------------------------------------------------------------------------------------ */

static void watch_closed(uv_handle_t *h)
{
	struct dns_watch *w = h->data;

	(void)close(w->pidfd);
	free(w);
}

static void watch_drop(struct bridge *b)
{
	struct dns_watch *w = TAKE_PTR(b->dns.watch);

	if (!w)
		return;
	w->bridge = NULL;
	(void)uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, watch_closed);
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

	if (!b || b->dns.watch)
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
	watch_drop(b);
	log_warning("bridge %s: dnsmasq has died, restarting it in %u s", b->config.name,
		    backoff_ms(b->dns.deaths) / 1000);
	timer_arm(b);
}

/* Takes pidfd over, also on failure. */
static int watch_add(struct bridge *b, int pidfd)
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
	b->dns.watch = w;
	b->dns.started_ms = uv_now(b->network->loop);
	r = uv_poll_start(&w->poll, UV_READABLE, on_death);
	if (r < 0) {
		watch_drop(b);
		return r;
	}
	uv_unref((uv_handle_t *)&w->poll);
	return 0;
}

/* --- start and stop ------------------------------------------------------------------------------ */

static void dns_stop(struct bridge *b)
{
	cleanup_close int pidfd = -1;

	if (b->dns.is_entered && b->dns.id.pid > 0)
		pidfd = process_open(&b->dns.id);
	watch_drop(b);
	if (pidfd >= 0)
		process_end(pidfd, b->dns.id.pid);
	b->dns.id = (struct process_id){ 0 };
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
	r = pidfd < 0 ? pidfd : watch_add(b, pidfd);
	return r < 0 ? error_set_errno(err, r, "dnsmasq for bridge %s ended", b->config.name) : 0;
}

static int dns_start(struct bridge *b, struct error *err)
{
	__attribute__((cleanup(args_done))) struct args args = { .n = 0 };
	struct held_process held = { .go_fd = -1, .stderr_fd = -1 };
	char *json;
	int r;

	r = args_build(b, &args, &json, err);
	if (r < 0)
		return r;
	free(b->dns.argv_json);
	b->dns.argv_json = json;
	b->dns.id = (struct process_id){ 0 };
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

/* Adopt what the ledger names, if it runs and with the arguments that it would be given now. */
static bool dns_adopt(struct bridge *b, const char *argv_json)
{
	int pidfd;

	if (!b->dns.is_entered || b->dns.id.pid <= 0 || !b->dns.argv_json)
		return false;
	pidfd = process_open(&b->dns.id);
	if (pidfd < 0)
		return false;
	if (strcmp(b->dns.argv_json, argv_json) == 0)
		return watch_add(b, pidfd) == 0;
	(void)close(pidfd);
	dns_stop(b);
	return false;
}

int dns_up(struct bridge *b, struct error *err)
{
	__attribute__((cleanup(args_done))) struct args args = { .n = 0 };
	cleanup_free char *json = NULL;
	int r;

	r = dns_dirs_make(b, err);
	if (r < 0)
		return r;
	if (b->dns.watch)
		return 0;
	r = args_build(b, &args, &json, err);
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
	timer_drop(b);
	dns_stop(b);
	dns_dirs_remove(b);
	(void)ledger_set_dns(b, false);
}

void dns_leave(struct bridge *b)
{
	timer_drop(b);
	watch_drop(b);
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
