// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dnsmasq's input and lease files. The lease file is written by dnsmasq from what guests send: its lines are
 * read with a bound and nothing but a MAC, an address and a name is taken from them.
 */
#include "daemon/network/network_dns_files.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/network/network_ledger.h"

#define LEASES_BYTES_MAX (8u * 1024 * 1024)
#define HOST_BYTES_MAX	 512
#define DNS_PATH_MAX	 (NETWORK_DIR_MAX + 32)

static int dns_path_of(const struct network *n, const char *bridge, const char *part,
		       char buf[DNS_PATH_MAX])
{
	char name[16];
	int len;

	ledger_file_part(bridge, name);
	len = snprintf(buf, DNS_PATH_MAX, "%s/%s%s%s", n->dir, name, part ? "/" : "",
		       part ? part : "");
	return len > 0 && len < DNS_PATH_MAX ? 0 : -ENAMETOOLONG;
}

int dns_path(const struct bridge *b, const char *part, char buf[DNS_PATH_MAX])
{
	return dns_path_of(b->network, b->config.name, part, buf);
}

/* --- directories --------------------------------------------------------------------------------- */

int dns_dirs_make(const struct bridge *b, struct error *err)
{
	static const char *const parts[] = { NULL, "hosts", "dhcp" };
	char path[DNS_PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int r = dns_path(b, parts[i], path);

		if (r == 0)
			r = dir_make(path, 0755);
		if (r < 0)
			return error_set_errno(err, r, "cannot make the directories of bridge %s",
					       b->config.name);
	}
	return 0;
}

void dns_dirs_remove(const struct bridge *b)
{
	char path[DNS_PATH_MAX];
	int r = dns_path(b, NULL, path);

	if (r == 0)
		r = dir_remove_all(AT_FDCWD, path);
	if (r < 0)
		log_warning("cannot remove the directories of bridge %s: %s, ignoring",
			    b->config.name, strerror(-r));
}

bool dns_dirs_are_open(const struct bridge *b)
{
	char path[DNS_PATH_MAX];
	struct stat st;

	if (dns_path(b, NULL, path) < 0)
		return false;
	for (char *end = path + strlen(path); end > path; end = strrchr(path, '/')) {
		*end = '\0';
		if (stat(path, &st) < 0 || !(st.st_mode & S_IXOTH))
			return false;
	}
	return true;
}

/* --- one file for each guest --------------------------------------------------------------------- */

/* Write DIR/GUEST by rename from the bridge's directory. 0: made, or as it was; 1: it had other contents. */
static int host_file_write(int bridge_fd, const char *dir, const char *guest, const char *text)
{
	char path[64], tmp[64];
	cleanup_free char *old = NULL;
	size_t len, old_len;
	int r;

	len = strlen(text);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, guest);
	(void)snprintf(tmp, sizeof(tmp), "new-%s-%s", dir, guest);
	r = file_read_all(bridge_fd, path, HOST_BYTES_MAX, &old, &old_len);
	if (r == 0 && old_len == len && memcmp(old, text, len) == 0)
		return 0;
	r = file_write_atomic(bridge_fd, tmp, text, len, 0644);
	if (r < 0)
		return r;
	if (renameat(bridge_fd, tmp, bridge_fd, path) < 0) {
		r = -errno;
		(void)unlinkat(bridge_fd, tmp, 0);
		return r;
	}
	return old ? 1 : 0;
}

static int bridge_dir_open(const struct bridge *b)
{
	char path[DNS_PATH_MAX];
	int r, fd;

	r = dns_path(b, NULL, path);
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int dns_files_write(const struct bridge *b, const char *guest, const struct guest_net *net,
		    struct error *err)
{
	cleanup_close int fd = bridge_dir_open(b);
	char address[16], mac[18], text[HOST_BYTES_MAX];
	int r = fd, changed;

	if (r < 0)
		goto out;
	(void)network_format_ipv4(net->address, address);
	format_mac(net->mac, mac);
	/* The full name first: it is what the address resolves to. */
	(void)snprintf(text, sizeof(text), "%s %s.%s %s\n", address, guest, b->config.domain,
		       guest);
	r = host_file_write(fd, "hosts", guest, text);
	if (r < 0)
		goto out;
	changed = r;
	(void)snprintf(text, sizeof(text), "%s,%s,%s\n", mac, address, guest);
	r = host_file_write(fd, "dhcp", guest, text);
	if (r >= 0)
		return changed | r;
out:
	return error_set_errno(err, r, "cannot enter guest %s in DHCP and DNS", guest);
}

bool dns_files_remove(const struct bridge *b, const char *guest)
{
	cleanup_close int fd = bridge_dir_open(b);
	char path[64];
	bool had = false;

	if (fd < 0)
		return false;
	(void)snprintf(path, sizeof(path), "hosts/%s", guest);
	had |= unlinkat(fd, path, 0) == 0;
	(void)snprintf(path, sizeof(path), "dhcp/%s", guest);
	had |= unlinkat(fd, path, 0) == 0;
	return had;
}

static bool sweep_dir(const char *path, bool (*keep)(void *ctx, const char *guest), void *ctx)
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	bool had = false;

	if (!dir)
		return false;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.' || keep(ctx, d->d_name))
			continue;
		had |= unlinkat(dirfd(dir), d->d_name, 0) == 0;
	}
	(void)closedir(dir);
	return had;
}

bool dns_files_sweep(const struct bridge *b, bool (*keep)(void *ctx, const char *guest), void *ctx)
{
	char path[DNS_PATH_MAX];
	bool had = false;

	if (dns_path(b, "hosts", path) == 0)
		had |= sweep_dir(path, keep, ctx);
	if (dns_path(b, "dhcp", path) == 0)
		had |= sweep_dir(path, keep, ctx);
	return had;
}

/* --- leases -------------------------------------------------------------------------------------- */

/* A line of the lease file: "EXPIRY MAC ADDRESS NAME CLIENT-ID". */
struct lease {
	uint8_t mac[6];
	uint32_t address;
	char name[NAME_LEN_MAX + 1]; /* "" if it is none of a guest's */
};

static bool lease_parse(const char *line, size_t len, struct lease *ret)
{
	struct lease l = { .address = 0 };
	char copy[512], *save = NULL;
	const char *word[4];
	struct in_addr in;

	/* The client's id may make it long; it is the last word and of no interest. */
	if (len >= sizeof(copy))
		len = sizeof(copy) - 1;
	memcpy(copy, line, len);
	copy[len] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(word); i++) {
		word[i] = strtok_r(i == 0 ? copy : NULL, " ", &save);
		if (!word[i])
			return false;
	}
	if (parse_mac(word[1], l.mac) < 0 || inet_pton(AF_INET, word[2], &in) != 1)
		return false;
	l.address = ntohl(in.s_addr);
	if (guest_name_valid(word[3]))
		(void)snprintf(l.name, sizeof(l.name), "%s", word[3]);
	*ret = l;
	return true;
}

static bool lease_conflicts(const struct lease *l, const char *guest, const struct guest_net *net)
{
	bool same_mac = memcmp(l->mac, net->mac, sizeof(l->mac)) == 0;

	if (l->address == net->address)
		return !same_mac;
	return same_mac || strcmp(l->name, guest) == 0;
}

static int leases_read(const struct network *n, const char *bridge, char **ret, size_t *ret_len)
{
	char path[DNS_PATH_MAX];
	int r = dns_path_of(n, bridge, "leases", path);

	return r < 0 ? r : file_read_all(AT_FDCWD, path, LEASES_BYTES_MAX, ret, ret_len);
}

/* The line at *pos without its newline; moves *pos behind it. NULL at the end. */
static const char *line_next(const char *text, size_t len, size_t *pos, size_t *ret_len)
{
	const char *line = text + *pos, *end;

	if (*pos >= len)
		return NULL;
	end = memchr(line, '\n', len - *pos);
	*ret_len = end ? (size_t)(end - line) : len - *pos;
	*pos += *ret_len + (end ? 1 : 0);
	return line;
}

bool dns_leases_conflict(const struct bridge *b, const char *guest, const struct guest_net *net)
{
	cleanup_free char *text = NULL;
	size_t len, line_len, pos = 0;
	const char *line;
	struct lease l;

	if (leases_read(b->network, b->config.name, &text, &len) < 0)
		return false;
	while ((line = line_next(text, len, &pos, &line_len)))
		if (lease_parse(line, line_len, &l) && lease_conflicts(&l, guest, net))
			return true;
	return false;
}

int dns_leases_clear(const struct bridge *b, const char *guest, const struct guest_net *net)
{
	cleanup_free char *text = NULL;
	size_t len, line_len, pos = 0, used = 0;
	char path[DNS_PATH_MAX];
	const char *line;
	struct lease l;
	int r;

	r = leases_read(b->network, b->config.name, &text, &len);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((line = line_next(text, len, &pos, &line_len))) {
		if (lease_parse(line, line_len, &l) && lease_conflicts(&l, guest, net))
			continue;
		/* Lines only move towards the front; the buffer has room for the last one's newline. */
		memmove(text + used, line, line_len);
		used += line_len;
		text[used++] = '\n';
	}
	r = dns_path(b, "leases", path);
	return r < 0 ? r : file_write_atomic(AT_FDCWD, path, text, used, 0644);
}

bool dns_lease_exists(const struct network *n, const char *bridge, uint32_t address)
{
	cleanup_free char *text = NULL;
	size_t len, line_len, pos = 0;
	const char *line;
	struct lease l;

	if (n->dir_fd < 0 || leases_read(n, bridge, &text, &len) < 0)
		return false;
	while ((line = line_next(text, len, &pos, &line_len)))
		if (lease_parse(line, line_len, &l) && l.address == address)
			return true;
	return false;
}
