// SPDX-License-Identifier: GPL-2.0-or-later
/* Unix sockets: birth and end, credentials, options, readiness. */
#include "net/unix_socket.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/procfs/procfs.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "net/inet_socket.h"
#include "task/process.h"
#include "vfs/vfs_special.h"

struct list_head unix_socks = LIST_HEAD_INIT(unix_socks);

/* --- life --------------------------------------------------------------------------------------- */

struct unix_sock *unix_alloc(int type)
{
	struct unix_sock *u = kzalloc(sizeof(*u));

	if (!u)
		return NULL;
	u->refs = 1;
	u->type = type;
	u->backlog = UNIX_DGRAM_QUEUE_MAX;
	list_init(&u->clients);
	list_init(&u->client_link);
	list_init(&u->name_link);
	list_init(&u->queue);
	list_init(&u->pending);
	list_init(&u->pending_link);
	list_init(&u->gc_link);
	wait_queue_init(&u->wait);
	sleep_lock_init(&u->read_lock);
	sleep_lock_init(&u->bind_lock);
	list_add_tail(&u->all_link, &unix_socks);
	return u;
}

void unix_get(struct unix_sock *u)
{
	u->refs++;
}

void unix_put(struct unix_sock *u)
{
	ASSERT_LOCKED();
	if (!u || --u->refs > 0)
		return;
	ASSERT(list_empty(&u->queue) && list_empty(&u->clients) && !u->peer);
	list_del(&u->all_link);
	wait_queue_release(&u->wait);
	if (u->owner_cred)
		cred_put(u->owner_cred);
	if (u->peer_cred)
		cred_put(u->peer_cred);
	kfree(u);
}

void unix_wake(struct unix_sock *u, uint32_t events)
{
	(void)wait_queue_wake_events(&u->wait, events);
}

int unix_take_error(struct unix_sock *u)
{
	int e = u->error;

	u->error = 0;
	return e;
}

void unix_set_owner(struct unix_sock *u)
{
	const struct task *t = current_task();

	if (u->owner_cred)
		cred_put(u->owner_cred);
	u->owner_cred = cred_get(t->cred);
	u->owner = (struct abi_ucred){ t->group->tgid, t->cred->euid, t->cred->egid };
}

void unix_take_creds(struct unix_sock *u, const struct unix_sock *from)
{
	if (u->peer_cred)
		cred_put(u->peer_cred);
	u->peer_cred = from->owner_cred ? cred_get(from->owner_cred) : NULL;
	u->peer_creds = from->owner;
}

void unix_set_peer(struct unix_sock *u, struct unix_sock *peer)
{
	struct unix_sock *old = u->peer;

	list_del(&u->client_link);
	if (peer) {
		unix_get(peer);
		if (peer->type == SOCK_DGRAM)
			list_add_tail(&u->client_link, &peer->clients);
	}
	u->peer = peer;
	unix_put(old);
}

/* The other end of a connection hears that this one has gone. */
static void leave_peer(struct unix_sock *u, bool unread)
{
	struct unix_sock *peer = u->peer;

	if (!peer)
		return;
	if (u->type != SOCK_DGRAM) {
		peer->shut = UNIX_SHUT_BOTH;
		if (unread)
			peer->error = ECONNRESET;
		unix_wake(peer, POLLIN | POLLOUT | POLLHUP | POLLRDHUP | POLLERR);
	}
	unix_set_peer(u, NULL);
}

void unix_close(struct unix_sock *u)
{
	struct list_head messages = LIST_HEAD_INIT(messages);
	bool unread = !list_empty(&u->queue) || (u->listener && !u->socket);

	u->dead = true;
	u->socket = NULL;
	u->listener = NULL;
	u->shut = UNIX_SHUT_BOTH;
	u->state = UNIX_IDLE;
	list_del(&u->pending_link);
	unix_unname(u);
	leave_peer(u, unread);
	/* Datagram sockets that are connected here find out when they send; those that wait for room do now. */
	while (!list_empty(&u->clients)) {
		struct unix_sock *c = list_first_entry(&u->clients, struct unix_sock, client_link);

		list_del(&c->client_link);
		unix_wake(c, POLLOUT | POLLWRNORM);
	}
	while (!list_empty(&u->pending))
		unix_close(list_first_entry(&u->pending, struct unix_sock, pending_link));
	while (!list_empty(&u->queue)) {
		struct unix_message *m = list_first_entry(&u->queue, struct unix_message, link);

		unix_dequeue(u, m);
		list_add_tail(&m->link, &messages);
	}
	unix_wake(u, POLLIN | POLLOUT | POLLHUP | POLLERR);
	unix_drop_messages(&messages);
	unix_put(u);
}

static void unix_release(struct socket *s)
{
	struct unix_sock *u = unix_of(s);

	if (!u)
		return;
	s->private = NULL;
	unix_close(u);
	if (unix_in_flight > 0)
		unix_gc();
}

/* --- readiness ---------------------------------------------------------------------------------- */

bool unix_writable(const struct unix_sock *u)
{
	return u->state != UNIX_LISTENING && u->sent_bytes * 4 <= u->sndbuf;
}

static uint32_t unix_poll(struct socket *s, struct poll_table *table)
{
	struct unix_sock *u = unix_of(s);
	uint32_t events = 0;

	poll_wait(table, &u->wait);
	if (u->error)
		events |= POLLERR;
	if (u->shut == UNIX_SHUT_BOTH)
		events |= POLLHUP;
	if (u->shut & UNIX_SHUT_RECV)
		events |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (!list_empty(&u->queue) || !list_empty(&u->pending))
		events |= POLLIN | POLLRDNORM;
	if (u->type != SOCK_DGRAM && u->state == UNIX_IDLE)
		events |= POLLHUP;
	if (!unix_writable(u))
		return events;
	if (u->type == SOCK_DGRAM && u->peer && u->peer->peer != u && unix_queue_full(u->peer))
		return events;
	return events | POLLOUT | POLLWRNORM | POLLWRBAND;
}

static int64_t unix_ioctl(struct socket *s, unsigned int cmd, uint64_t arg)
{
	struct unix_sock *u = unix_of(s);
	struct unix_message *m;
	int32_t n = 0;

	switch (cmd) {
	case SIOCINQ:
		if (u->state == UNIX_LISTENING)
			return -EINVAL;
		list_for_each_entry(m, &u->queue, link) {
			n += (int32_t)(m->len - m->offset);
			if (u->type == SOCK_DGRAM)
				break;
		}
		return put_user(n, UADDR(arg));
	case SIOCOUTQ:
		n = (int32_t)MIN(u->sent_bytes, (uint64_t)INT_MAX);
		return put_user(n, UADDR(arg));
	case SIOCATMARK:
		return put_user(n, UADDR(arg));
	default:
		return net_device_ioctl(cmd, arg);
	}
}

/* --- options ------------------------------------------------------------------------------------ */

static int unix_error(struct socket *s)
{
	return unix_take_error(unix_of(s));
}

static int peer_groups(const struct unix_sock *u, void *buf, unsigned int len)
{
	unsigned int size;

	if (!u->peer_cred)
		return -ENODATA;
	size = u->peer_cred->n_groups * (unsigned int)sizeof(uint32_t);
	if (size > len)
		return -ERANGE;
	memcpy(buf, u->peer_cred->groups, size);
	return (int)size;
}

static int unix_get_option(struct socket *s, int option, void *buf, unsigned int len)
{
	struct unix_sock *u = unix_of(s);
	struct abi_ucred none = { 0, UINT32_MAX, UINT32_MAX };
	struct socket_address name;
	int32_t v;
	int r;

	switch (option) {
	case SO_PEERCRED:
		len = MIN(len, (unsigned int)sizeof(none));
		memcpy(buf, u->peer_cred ? &u->peer_creds : &none, len);
		return (int)len;
	case SO_ACCEPTCONN:
		v = u->state == UNIX_LISTENING;
		len = MIN(len, (unsigned int)sizeof(v));
		memcpy(buf, &v, len);
		return (int)len;
	case SO_PEERGROUPS:
		return peer_groups(u, buf, len);
	case SO_PEERNAME:
		r = unix_name(s, true, &name);
		if (r < 0)
			return -ENOTCONN;
		if (name.len < len)
			return -EINVAL;
		memcpy(buf, name.bytes, len);
		return (int)len;
	default:
		return -ENOPROTOOPT;
	}
}

static void unix_option_changed(struct socket *s)
{
	struct unix_sock *u = unix_of(s);

	if (u->sndbuf != s->sndbuf) {
		u->sndbuf = s->sndbuf;
		unix_wake(u, POLLOUT | POLLWRNORM);
	}
}

/* --- the family --------------------------------------------------------------------------------- */

#define COMMON                                                                                  \
	.release = unix_release, .bind = unix_bind, .pair = unix_pair, .name = unix_name,       \
	.shutdown = unix_shutdown, .poll = unix_poll, .ioctl = unix_ioctl, .error = unix_error, \
	.get_option = unix_get_option, .option_changed = unix_option_changed

const struct socket_ops unix_stream_ops = {
	COMMON,
	.listen = unix_listen,
	.connect = unix_stream_connect,
	.accept = unix_accept,
	.sendmsg = unix_stream_send,
	.recvmsg = unix_stream_receive,
};

const struct socket_ops unix_dgram_ops = {
	COMMON,
	.connect = unix_dgram_connect,
	.sendmsg = unix_dgram_send,
	.recvmsg = unix_dgram_receive,
};

const struct socket_ops unix_seqpacket_ops = {
	COMMON,
	.listen = unix_listen,
	.connect = unix_stream_connect,
	.accept = unix_accept,
	.sendmsg = unix_seqpacket_send,
	.recvmsg = unix_seqpacket_receive,
};

static int unix_create(struct socket *s)
{
	const struct socket_ops *ops;
	struct unix_sock *u;

	if (s->protocol && s->protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	switch (s->type) {
	case SOCK_STREAM:
		ops = &unix_stream_ops;
		break;
	case SOCK_RAW: /* as BSD has it: a datagram socket */
		s->type = SOCK_DGRAM;
		ops = &unix_dgram_ops;
		break;
	case SOCK_DGRAM:
		ops = &unix_dgram_ops;
		break;
	case SOCK_SEQPACKET:
		ops = &unix_seqpacket_ops;
		break;
	default:
		return -ESOCKTNOSUPPORT;
	}
	u = unix_alloc(s->type);
	if (!u)
		return -ENOMEM;
	u->socket = s;
	u->sndbuf = s->sndbuf;
	u->ino = s->file->inode->ino;
	s->private = u;
	s->ops = ops;
	return 0;
}

static struct socket_family unix_family = { .family = AF_UNIX, .create = unix_create };

/* --- /proc/net/unix ----------------------------------------------------------------------------- */

static int show_unix(struct proc_text *x, const struct proc_target *p)
{
	struct unix_sock *u;

	(void)p;
	text_add(x, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	list_for_each_entry(u, &unix_socks, all_link) {
		const char *path = (const char *)u->name.bytes + 2;
		unsigned int len = u->name.len > 2 ? u->name.len - 2 : 0;

		text_add(x, "%016x: %08X %08X %08X %04X %02X %5llu", 0, u->refs, 0,
			 u->state == UNIX_LISTENING ? 0x10000 : 0, u->type,
			 u->state == UNIX_CONNECTED ? 3 : 1, (unsigned long long)u->ino);
		if (len > 0) {
			/* A path ends with its NUL; an abstract name begins with one, shown as @. */
			len = path[0] ? (unsigned int)strnlen(path, len) : len;
			text_add(x, " ");
			for (unsigned int i = 0; i < len; i++)
				text_add(x, "%c", path[i] ? path[i] : '@');
		}
		text_add(x, "\n");
	}
	return 0;
}

static const struct proc_entry proc_unix = {
	.name = "unix",
	.kind = PROC_FILE,
	.mode = 0444,
	.show = show_unix,
};

static void only_in_flight(struct file *f)
{
	(void)f;
	unix_gc();
}

int unix_init(void)
{
	file_only_in_flight = only_in_flight;
	socket_family_register(&unix_family);
	/* Without its folder in /proc the sockets work all the same. */
	(void)procfs_register("net", &proc_unix);
	return 0;
}
