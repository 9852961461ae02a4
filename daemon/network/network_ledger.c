// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ledger's files:
 *
 *	tap-NAME.json	  {"version":1,"tap","guest","bridge","mac","address","uid"}
 *	bridge-NAME.json  {"version":1,"bridge","address","prefix_len","nat","dhcp","domain","mac"}
 *	nat-NAME.json	  {"version":1,"bridge"}
 *	dns-NAME.json	  {"version":1,"bridge","pid","start","ready","argv"}; pid 0: not started yet
 *	forward-ipv4.json {"version":1}
 *
 * each with "boot_id": after a reboot that left RUN in place no object and no process exists, so nat, dns and
 * forward entries of another boot mean nothing and are removed when read.
 */
#include "daemon/network/network_ledger.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/rpc.h"

#define LEDGER_VERSION	 1
#define LEDGER_BYTES_MAX (64u * 1024)
#define LEDGER_FILE_MAX	 64

/* --- small helpers ------------------------------------------------------------------------------- */

void ledger_file_part(const char *ifname, char buf[16])
{
	(void)snprintf(buf, 16, "%s", ifname);
	for (char *c = buf; *c; c++)
		if (*c == '.')
			*c = '+';
}

static void ledger_file(const char *kind, const char *name, char buf[LEDGER_FILE_MAX])
{
	char part[16];

	ledger_file_part(name, part);
	(void)snprintf(buf, LEDGER_FILE_MAX, "%s-%s.json", kind, part);
}

static void json_put(struct json_object **p)
{
	json_object_put(*p);
}

#define cleanup_json __attribute__((cleanup(json_put)))

static const char *body_string(struct json_object *body, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(body, key, &v) || !json_object_is_type(v, json_type_string))
		return "";
	return json_object_get_string(v);
}

/* -1 if there is no such number. */
static int64_t body_int(struct json_object *body, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(body, key, &v) || !json_object_is_type(v, json_type_int))
		return -1;
	return json_object_get_int64(v);
}

static bool body_bool(struct json_object *body, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(body, key, &v) && json_object_get_boolean(v);
}

static void body_add_string(struct json_object *body, const char *key, const char *value)
{
	json_object_object_add(body, key, json_object_new_string(value));
}

static void body_add_int(struct json_object *body, const char *key, int64_t value)
{
	json_object_object_add(body, key, json_object_new_int64(value));
}

static void body_add_mac(struct json_object *body, const uint8_t mac[6])
{
	char text[18];

	format_mac(mac, text);
	body_add_string(body, "mac", text);
}

static int ledger_write(const struct network *n, const char *kind, const char *name,
			struct json_object *body)
{
	char file[LEDGER_FILE_MAX];
	const char *text;

	body_add_int(body, "version", LEDGER_VERSION);
	body_add_string(body, "boot_id", n->boot_id);
	text = json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN);
	if (!text)
		return -ENOMEM;
	ledger_file(kind, name, file);
	return file_write_atomic(n->dir_fd, file, text, strlen(text), 0600);
}

static void ledger_unlink(const struct network *n, const char *kind, const char *name)
{
	char file[LEDGER_FILE_MAX];

	ledger_file(kind, name, file);
	if (unlinkat(n->dir_fd, file, 0) < 0 && errno != ENOENT)
		log_warning("cannot remove %s/%s: %s, ignoring", n->dir, file, strerror(errno));
}

/* --- records ------------------------------------------------------------------------------------- */

struct tap *ledger_find_tap(struct network *n, const char *tap)
{
	struct tap *t = n->taps;

	while (t && strcmp(t->net.tap, tap) != 0)
		t = t->next;
	return t;
}

struct tap *ledger_find_guest(struct network *n, const char *guest)
{
	struct tap *t = n->taps;

	while (t && strcmp(t->guest, guest) != 0)
		t = t->next;
	return t;
}

struct bridge *ledger_find_bridge(struct network *n, const char *name)
{
	struct bridge *b = n->bridges;

	while (b && strcmp(b->config.name, name) != 0)
		b = b->next;
	return b;
}

static struct tap *tap_record(struct network *n, const char *guest, const struct guest_net *net,
			      uid_t uid)
{
	struct tap *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	(void)snprintf(t->guest, sizeof(t->guest), "%s", guest);
	t->net = *net;
	t->uid = uid;
	t->next = n->taps;
	n->taps = t;
	return t;
}

static void tap_record_drop(struct network *n, struct tap *t)
{
	struct tap **p = &n->taps;

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	free(t);
}

static struct bridge *bridge_record(struct network *n, const struct bridge_config *config)
{
	struct bridge *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->network = n;
	b->config = *config;
	b->next = n->bridges;
	n->bridges = b;
	return b;
}

static void bridge_record_drop(struct network *n, struct bridge *b)
{
	struct bridge **p = &n->bridges;

	while (*p != b)
		p = &(*p)->next;
	*p = b->next;
	free(b->dns.argv_json);
	free(b);
}

/* --- writing ------------------------------------------------------------------------------------- */

struct tap *ledger_enter_tap(struct network *n, const char *guest, const struct guest_net *net,
			     uid_t uid, struct error *err)
{
	cleanup_json struct json_object *body = json_object_new_object();
	struct tap *t;
	int r;

	t = tap_record(n, guest, net, uid);
	if (!body || !t) {
		if (t)
			tap_record_drop(n, t);
		error_set_errno(err, ENOMEM, "cannot enter tap %s in the ledger", net->tap);
		return NULL;
	}
	body_add_string(body, "tap", net->tap);
	body_add_string(body, "guest", guest);
	body_add_string(body, "bridge", net->bridge);
	body_add_mac(body, net->mac);
	body_add_int(body, "address", net->address);
	body_add_int(body, "uid", uid);
	r = ledger_write(n, "tap", net->tap, body);
	if (r < 0) {
		tap_record_drop(n, t);
		error_set_errno(err, r, "cannot enter tap %s in the ledger", net->tap);
		return NULL;
	}
	return t;
}

void ledger_drop_tap(struct network *n, struct tap *t)
{
	ledger_unlink(n, "tap", t->net.tap);
	tap_record_drop(n, t);
}

int ledger_update_bridge(struct bridge *b)
{
	cleanup_json struct json_object *body = json_object_new_object();

	if (!body)
		return -ENOMEM;
	body_add_string(body, "bridge", b->config.name);
	body_add_int(body, "address", b->config.address);
	body_add_int(body, "prefix_len", b->config.prefix_len);
	json_object_object_add(body, "nat", json_object_new_boolean(b->config.nat));
	json_object_object_add(body, "dhcp", json_object_new_boolean(b->config.dhcp));
	body_add_string(body, "domain", b->config.domain);
	body_add_mac(body, b->mac);
	return ledger_write(b->network, "bridge", b->config.name, body);
}

struct bridge *ledger_enter_bridge(struct network *n, const struct bridge_config *config,
				   const uint8_t mac[6], struct error *err)
{
	/* What is left of a former one may still be waiting for its dnsmasq to end. */
	struct bridge *b = ledger_find_bridge(n, config->name);
	bool is_new = !b;
	int r = -ENOMEM;

	if (is_new)
		b = bridge_record(n, config);
	if (b) {
		b->config = *config;
		memcpy(b->mac, mac, sizeof(b->mac));
		r = ledger_update_bridge(b);
	}
	if (r < 0) {
		if (b && is_new)
			bridge_record_drop(n, b);
		error_set_errno(err, r, "cannot enter bridge %s in the ledger", config->name);
		return NULL;
	}
	b->is_link_entered = true;
	return b;
}

void ledger_drop_bridge(struct network *n, struct bridge *b)
{
	if (b->is_link_entered)
		ledger_unlink(n, "bridge", b->config.name);
	b->is_link_entered = false;
	if (!b->dns.is_entered)
		bridge_record_drop(n, b);
}

int ledger_set_nat(struct bridge *b, bool on)
{
	cleanup_json struct json_object *body = json_object_new_object();
	int r;

	if (b->is_nat_entered == on)
		return 0;
	if (!on) {
		ledger_unlink(b->network, "nat", b->config.name);
		b->is_nat_entered = false;
		return 0;
	}
	if (!body)
		return -ENOMEM;
	body_add_string(body, "bridge", b->config.name);
	r = ledger_write(b->network, "nat", b->config.name, body);
	b->is_nat_entered = r == 0;
	return r;
}

int ledger_set_forward(struct network *n, bool on)
{
	cleanup_json struct json_object *body = json_object_new_object();
	int r;

	if (n->is_forward_entered == on)
		return 0;
	if (!on) {
		ledger_unlink(n, "forward", "ipv4");
		n->is_forward_entered = false;
		return 0;
	}
	if (!body)
		return -ENOMEM;
	r = ledger_write(n, "forward", "ipv4", body);
	n->is_forward_entered = r == 0;
	return r;
}

int ledger_set_dns(struct bridge *b, bool on)
{
	cleanup_json struct json_object *body = json_object_new_object();
	int r;

	if (!on) {
		if (b->dns.is_entered)
			ledger_unlink(b->network, "dns", b->config.name);
		b->dns.is_entered = false;
		return 0;
	}
	if (!body)
		return -ENOMEM;
	body_add_string(body, "bridge", b->config.name);
	body_add_int(body, "pid", b->dns.id.pid);
	body_add_int(body, "start", (int64_t)b->dns.id.start);
	json_object_object_add(body, "ready", json_object_new_boolean(b->dns.is_ready));
	body_add_string(body, "argv", b->dns.argv_json ? b->dns.argv_json : "");
	r = ledger_write(b->network, "dns", b->config.name, body);
	if (r == 0)
		b->dns.is_entered = true;
	return r;
}

/* --- reading ------------------------------------------------------------------------------------- */

static int load_tap(struct network *n, struct json_object *body, bool is_this_boot)
{
	struct guest_net net = { .mode = GUEST_NET_TAP };
	const char *guest = body_string(body, "guest");
	const char *tap = body_string(body, "tap");
	const char *bridge = body_string(body, "bridge");
	int64_t address = body_int(body, "address"), uid = body_int(body, "uid");

	if (!guest_name_valid(guest) || !ifname_valid(tap) ||
	    (bridge[0] && !ifname_valid(bridge)) || address < 0 || address > UINT32_MAX ||
	    uid < 0 || uid >= UINT32_MAX || parse_mac(body_string(body, "mac"), net.mac) < 0 ||
	    ledger_find_tap(n, tap) || ledger_find_guest(n, guest))
		return -EBADMSG;
	(void)snprintf(net.tap, sizeof(net.tap), "%s", tap);
	(void)snprintf(net.bridge, sizeof(net.bridge), "%s", bridge);
	net.address = (uint32_t)address;
	return tap_record(n, guest, &net, (uid_t)uid) ? 0 : -ENOMEM;
}

/* The record of a bridge; if its own entry is missing, one that is good for removing what hangs on it. */
static struct bridge *bridge_get(struct network *n, const char *name)
{
	struct bridge_config config = { .address = 0, .prefix_len = 24 };
	struct bridge *b;

	if (!ifname_valid(name))
		return NULL;
	b = ledger_find_bridge(n, name);
	if (b)
		return b;
	(void)snprintf(config.name, sizeof(config.name), "%s", name);
	return bridge_record(n, &config);
}

static int load_bridge(struct network *n, struct json_object *body, bool is_this_boot)
{
	struct bridge_config config = { .nat = body_bool(body, "nat"),
					.dhcp = body_bool(body, "dhcp") };
	int64_t address = body_int(body, "address"), prefix_len = body_int(body, "prefix_len");
	uint8_t mac[6];
	struct bridge *b;

	if (address < 0 || address > UINT32_MAX || prefix_len < 8 || prefix_len > 30 ||
	    strlen(body_string(body, "domain")) >= sizeof(config.domain) ||
	    parse_mac(body_string(body, "mac"), mac) < 0)
		return -EBADMSG;
	b = bridge_get(n, body_string(body, "bridge"));
	if (!b || b->is_link_entered)
		return -EBADMSG;
	memcpy(config.name, b->config.name, sizeof(config.name));
	config.address = (uint32_t)address;
	config.prefix_len = (unsigned int)prefix_len;
	(void)snprintf(config.domain, sizeof(config.domain), "%s", body_string(body, "domain"));
	b->config = config;
	memcpy(b->mac, mac, sizeof(b->mac));
	b->is_link_entered = true;
	return 0;
}

static int load_nat(struct network *n, struct json_object *body, bool is_this_boot)
{
	struct bridge *b;

	if (!is_this_boot)
		return -ESTALE;
	b = bridge_get(n, body_string(body, "bridge"));
	if (!b)
		return -EBADMSG;
	b->is_nat_entered = true;
	return 0;
}

static int load_dns(struct network *n, struct json_object *body, bool is_this_boot)
{
	int64_t pid = body_int(body, "pid"), start = body_int(body, "start");
	struct bridge *b;

	if (!is_this_boot)
		return -ESTALE;
	if (pid < 0 || pid > INT32_MAX || start < 0)
		return -EBADMSG;
	b = bridge_get(n, body_string(body, "bridge"));
	if (!b || b->dns.is_entered)
		return -EBADMSG;
	b->dns.argv_json = strdup(body_string(body, "argv"));
	if (!b->dns.argv_json)
		return -ENOMEM;
	b->dns.id = (struct process_id){ .pid = (pid_t)pid, .start = (uint64_t)start };
	b->dns.is_ready = body_bool(body, "ready");
	b->dns.is_entered = true;
	return 0;
}

static int load_forward(struct network *n, struct json_object *body, bool is_this_boot)
{
	if (!is_this_boot)
		return -ESTALE;
	n->is_forward_entered = true;
	return 0;
}

static const struct ledger_kind {
	const char *prefix;
	int (*load)(struct network *n, struct json_object *body, bool is_this_boot);
} ledger_kinds[] = {
	{ "tap-", load_tap }, { "bridge-", load_bridge },   { "nat-", load_nat },
	{ "dns-", load_dns }, { "forward-", load_forward },
};

static int ledger_load_file(struct network *n, const struct ledger_kind *kind, const char *file,
			    struct error *err)
{
	cleanup_json struct json_object *body = NULL;
	cleanup_free char *text = NULL;
	size_t len;
	int r;

	r = file_read_all(n->dir_fd, file, LEDGER_BYTES_MAX, &text, &len);
	if (r < 0)
		return error_set_errno(err, r, "cannot be read");
	r = json_parse_strict(text, len, &body, err);
	if (r < 0)
		return r;
	if (!json_object_is_type(body, json_type_object) ||
	    body_int(body, "version") != LEDGER_VERSION)
		return error_set(err, ERROR_FAILED, "bad-ledger", "not an entry of version %d",
				 LEDGER_VERSION);
	r = kind->load(n, body, strcmp(body_string(body, "boot_id"), n->boot_id) == 0);
	if (r == -ESTALE) {
		(void)unlinkat(n->dir_fd, file, 0);
		return 0;
	}
	if (r < 0)
		return error_set_errno(err, r, "a field is missing, wrong or repeated");
	return 0;
}

static const struct ledger_kind *ledger_kind_of(const char *file)
{
	size_t len = strlen(file);

	if (len < 5 || strcmp(file + len - 5, ".json") != 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(ledger_kinds); i++) {
		const struct ledger_kind *kind = &ledger_kinds[i];

		if (strncmp(file, kind->prefix, strlen(kind->prefix)) == 0)
			return kind;
	}
	return NULL;
}

static void dir_done(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

int ledger_load(struct network *n, struct error *err)
{
	__attribute__((cleanup(dir_done))) DIR *dir = NULL;
	cleanup_close int fd = openat(n->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *d;

	if (fd >= 0)
		dir = fdopendir(fd);
	if (!dir)
		return error_set_errno(err, errno, "cannot list %s", n->dir);
	(void)TAKE_FD(fd);
	while ((d = readdir(dir))) {
		const struct ledger_kind *kind = ledger_kind_of(d->d_name);
		cleanup_error struct error why = ERROR_INIT;

		if (kind && ledger_load_file(n, kind, d->d_name, &why) < 0)
			log_error("network ledger: %s/%s: %s, ignoring", n->dir, d->d_name,
				  why.message ? why.message : "unknown");
	}
	return 0;
}
