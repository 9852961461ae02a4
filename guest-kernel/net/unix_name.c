// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of Unix sockets: paths, which live in the file system, and abstract names, which live here. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "lib/string.h"
#include "net/unix_socket.h"
#include "task/process.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_special.h"

#define HEAD_BYTES 2u /* the family before the name */

static struct list_head abstract_names = LIST_HEAD_INIT(abstract_names);

static bool is_abstract(const struct socket_address *a)
{
	return a->len > HEAD_BYTES && a->bytes[HEAD_BYTES] == '\0';
}

/* A name of the right family and length; a path is terminated and its length normalised. */
static int check_address(const struct socket_address *a, struct socket_address *ret)
{
	uint16_t family;

	if (a->len <= HEAD_BYTES || a->len > sizeof(struct abi_sockaddr_un))
		return -EINVAL;
	memcpy(&family, a->bytes, sizeof(family));
	if (family != AF_UNIX)
		return -EINVAL;
	*ret = *a;
	if (!is_abstract(a)) {
		const char *path = (const char *)ret->bytes + HEAD_BYTES;

		ret->bytes[a->len] = '\0';
		ret->len = HEAD_BYTES + (unsigned int)strlen(path) + 1;
	}
	return 0;
}

static struct unix_sock *find_abstract(const struct socket_address *a, int type)
{
	struct unix_sock *u;

	list_for_each_entry(u, &abstract_names, name_link) {
		if (u->type == type && u->name.len == a->len &&
		    memcmp(u->name.bytes, a->bytes, a->len) == 0)
			return u;
	}
	return NULL;
}

int unix_autobind(struct unix_sock *u)
{
	static uint32_t next;
	struct socket_address a = { .len = HEAD_BYTES + 6 };
	uint16_t family = AF_UNIX;

	if (u->name.len > 0)
		return 0;
	memcpy(a.bytes, &family, sizeof(family));
	for (unsigned int i = 0; i < 0x100000; i++) {
		(void)format_str((char *)a.bytes + HEAD_BYTES + 1, 6, "%05x", next++ & 0xfffff);
		if (find_abstract(&a, u->type))
			continue;
		u->name = a;
		list_add_tail(&u->name_link, &abstract_names);
		return 0;
	}
	return -ENOSPC;
}

static int bind_abstract(struct unix_sock *u, const struct socket_address *a)
{
	if (u->name.len > 0)
		return -EINVAL;
	if (find_abstract(a, u->type))
		return -EADDRINUSE;
	u->name = *a;
	list_add_tail(&u->name_link, &abstract_names);
	return 0;
}

static int bind_path(struct unix_sock *u, const struct socket_address *a)
{
	struct inode *inode;
	struct path p;
	int r = path_mknod(AT_FDCWD, (const char *)a->bytes + HEAD_BYTES, S_IFSOCK | 0777, 0, &p);

	if (r < 0)
		return r == -EEXIST ? -EADDRINUSE : r;
	if (u->name.len > 0) {
		/* It has a name already (perhaps since the node was made): the node must not stay. */
		path_put(&p);
		(void)vfs_unlink(AT_FDCWD, (const char *)a->bytes + HEAD_BYTES);
		return -EINVAL;
	}
	inode = path_inode(&p);
	u->path = p;
	u->bound_inode = inode;
	inode->socket = u;
	u->name = *a;
	return 0;
}

int unix_bind(struct socket *s, const struct socket_address *a)
{
	struct unix_sock *u = unix_of(s);
	struct socket_address checked;
	uint16_t family = AF_UNSPEC;
	int r;

	if (a->len >= sizeof(family))
		memcpy(&family, a->bytes, sizeof(family));
	if (family != AF_UNIX)
		return -EINVAL;
	sleep_lock_take(&u->bind_lock);
	if (a->len == HEAD_BYTES) {
		r = unix_autobind(u);
		goto out;
	}
	r = check_address(a, &checked);
	if (r < 0)
		goto out;
	r = is_abstract(&checked) ? bind_abstract(u, &checked) : bind_path(u, &checked);
out:
	sleep_lock_release(&u->bind_lock);
	return r;
}

void unix_unname(struct unix_sock *u)
{
	list_del(&u->name_link);
	if (!u->bound_inode)
		return;
	if (u->bound_inode->socket == u)
		u->bound_inode->socket = NULL;
	u->bound_inode = NULL;
	path_put(&u->path);
}

static int find_path(const struct socket_address *a, struct unix_sock **ret)
{
	struct inode *inode;
	struct path p;
	int r = path_lookup(AT_FDCWD, (const char *)a->bytes + HEAD_BYTES, LOOKUP_FOLLOW, &p);

	if (r < 0)
		return r;
	inode = path_inode(&p);
	r = inode_permission(inode, MAY_WRITE);
	if (r == 0 && (!S_ISSOCK(inode->mode) || !inode->socket))
		r = -ECONNREFUSED;
	if (r == 0) {
		*ret = inode->socket;
		unix_get(*ret);
	}
	path_put(&p);
	return r;
}

int unix_find(const struct socket_address *a, int type, struct unix_sock **ret)
{
	struct socket_address checked;
	int r = check_address(a, &checked);

	if (r < 0)
		return r;
	if (is_abstract(&checked)) {
		*ret = find_abstract(&checked, type);
		if (!*ret)
			return -ECONNREFUSED;
		unix_get(*ret);
		return 0;
	}
	r = find_path(&checked, ret);
	if (r < 0)
		return r;
	if ((*ret)->type != type) {
		unix_put(*ret);
		return -EPROTOTYPE;
	}
	return 0;
}

int unix_name(struct socket *s, bool peer, struct socket_address *ret)
{
	const struct unix_sock *u = unix_of(s);
	uint16_t family = AF_UNIX;

	if (peer) {
		u = u->peer;
		if (!u)
			return -ENOTCONN;
	}
	*ret = u->name;
	if (u->name.len == 0) {
		memcpy(ret->bytes, &family, sizeof(family));
		ret->len = HEAD_BYTES;
	}
	return 0;
}
