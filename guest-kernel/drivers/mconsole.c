// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The management console: datagrams in, answers out. A kernel thread of its own carries requests out one after the other, so that a command may
 * sleep. Who may send is decided by the permissions of the directory and the socket.
 */
#include "drivers/mconsole.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/ktimer.h"
#include "core/sched.h"
#include "core/wait_queue.h"
#include "drivers/mconsole_cmd.h"
#include "host/host_epoll.h"
#include "host/host_launch.h"
#include "host/host_mconsole.h"
#include "host/host_process.h"
#include "lib/string.h"

#define MCONSOLE_MAGIC	 0xcafebabeu
#define MCONSOLE_VERSION 2u
#define PATH_SIZE	 256

enum { NOTIFY_SOCKET = 0, NOTIFY_PANIC = 1 };

/* All in the host's byte order. */
struct request_packet {
	uint32_t magic, version, len;
	char data[MCONSOLE_DATA];
};
_Static_assert(sizeof(struct request_packet) == 524, "mconsole request");

struct reply_packet {
	uint32_t err, more, len;
	char data[MCONSOLE_DATA];
};
_Static_assert(sizeof(struct reply_packet) == 524, "mconsole reply");

struct notify_packet {
	uint32_t magic, version, type, len;
	char data[MCONSOLE_DATA];
};

struct mconsole_reply {
	struct host_peer to;
	struct reply_packet packet;
	size_t used;
};

static char directory[PATH_SIZE], notify_path[PATH_SIZE];
static int socket_fd = -1;
static struct io_watch watch;
static struct wait_queue request_queue = WAIT_QUEUE_INIT(request_queue);
static bool request_waits;

/* --- answers ------------------------------------------------------------------------------------ */

static void reply_send(struct mconsole_reply *r, int err, bool more)
{
	struct reply_packet *p = &r->packet;

	p->err = (uint32_t)err;
	p->more = more;
	p->data[r->used] = '\0';
	p->len = (uint32_t)r->used + 1;
	/* The receiver may be slow. */
	big_lock_drop();
	host_mconsole_send(socket_fd, p, offsetof(struct reply_packet, data) + p->len, &r->to);
	big_lock_retake();
	r->used = 0;
}

void reply_text(struct mconsole_reply *r, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = MIN(len, MCONSOLE_DATA - 1 - r->used);

		if (n == 0) {
			reply_send(r, 0, true);
			continue;
		}
		memcpy(r->packet.data + r->used, text, n);
		r->used += n;
		text += n;
		len -= n;
	}
}

void reply_add(struct mconsole_reply *r, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = format_str_va(text, sizeof(text), fmt, ap);
	va_end(ap);
	reply_text(r, text, MIN((size_t)n, sizeof(text) - 1));
}

void reply_end(struct mconsole_reply *r, int err)
{
	reply_send(r, err, false);
}

/* --- requests ----------------------------------------------------------------------------------- */

static void answer(const struct request_packet *rq, size_t n, const struct host_peer *from)
{
	static const char old[] = "ERR Version 0 mconsole clients are not supported by this driver";
	static struct mconsole_reply r; /* one thread, one request at a time */
	char line[MCONSOLE_DATA];

	r.to = *from;
	r.used = 0;
	if (n < offsetof(struct request_packet, data) || rq->magic != MCONSOLE_MAGIC) {
		host_mconsole_send(socket_fd, old, sizeof(old) - 1, from);
		return;
	}
	if (rq->len >= MCONSOLE_DATA || n > sizeof(*rq)) {
		reply_add(&r, "Request too large");
		reply_end(&r, -EINVAL);
		return;
	}
	if (rq->len > n - offsetof(struct request_packet, data)) {
		reply_add(&r, "Request too short");
		reply_end(&r, -EINVAL);
		return;
	}
	memcpy(line, rq->data, rq->len);
	line[rq->len] = '\0';
	if (rq->version != MCONSOLE_VERSION) {
		reply_add(&r, "This kernel speaks version %u of the protocol, not %u",
			  MCONSOLE_VERSION, rq->version);
		reply_end(&r, -EINVAL);
		return;
	}
	mconsole_run(&r, line);
}

static void mconsole_thread(void *arg)
{
	(void)arg;
	for (;;) {
		struct request_packet rq;
		struct host_peer from;
		ssize_t n;

		while (!request_waits)
			if (wait_queue_sleep(&request_queue, NO_DEADLINE, WAIT_UNINTERRUPTIBLE) < 0)
				break;
		n = host_mconsole_receive(socket_fd, &rq, sizeof(rq), &from);
		if (n >= 0) {
			answer(&rq, (size_t)n, &from);
		} else if (n != -EDESTADDRREQ && n != -EINTR) {
			request_waits = false;
			(void)io_watch_set(&watch, HOST_POLL_IN);
		}
	}
}

static void request_ready(struct io_watch *w, uint32_t events)
{
	(void)events;
	/* Quiet until the thread has taken all there is. */
	(void)io_watch_set(w, 0);
	request_waits = true;
	wait_queue_wake_all(&request_queue);
}

/* --- notification ------------------------------------------------------------------------------- */

static void notify(uint32_t type, const char *text)
{
	struct notify_packet p = { .magic = MCONSOLE_MAGIC,
				   .version = MCONSOLE_VERSION,
				   .type = type };
	int r;

	if (!notify_path[0])
		return;
	(void)str_copy(p.data, text, sizeof(p.data));
	p.len = (uint32_t)strlen(p.data) + 1;
	r = host_mconsole_notify(notify_path, &p, sizeof(p));
	if (r < 0 && type == NOTIFY_SOCKET)
		pr_warning("mconsole=notify:%s: cannot be told (error %d)", notify_path, -r);
}

void mconsole_panic(const char *message)
{
	notify(NOTIFY_PANIC, message);
}

int mconsole_option(const char *value, char *why, size_t len)
{
	if (strncmp(value, "notify:", 7) != 0 || value[7] == '\0' ||
	    strlen(value + 7) >= sizeof(notify_path)) {
		(void)format_str(why, len, "mconsole=%s: notify:SOCKET is wanted", value);
		return -EINVAL;
	}
	(void)str_copy(notify_path, value + 7, sizeof(notify_path));
	return 0;
}

/* --- start and end ------------------------------------------------------------------------------ */

int mconsole_start(const char *umid, const char *uml_dir, char *why, size_t len)
{
	char path[PATH_SIZE + 16];
	size_t n;
	int r, pid = host_launch_pid();

	if (!umid)
		return 0;
	if (!uml_dir)
		uml_dir = host_mconsole_home();
	if (!uml_dir) {
		pr_warning("no mconsole: neither uml_dir= nor a home directory");
		return 0;
	}
	n = strlen(uml_dir);
	(void)format_str(directory, sizeof(directory), "%s%s%s", uml_dir,
			 n > 0 && uml_dir[n - 1] == '/' ? "" : "/", umid);
	r = host_mconsole_listen(directory, pid ? pid : host_getpid());
	if (r < 0) {
		(void)format_str(why, len,
				 r == -EBUSY ? "umid=%s: a running guest has this name (in %s)"
					     : "umid=%s: no mconsole in %s",
				 umid, uml_dir);
		directory[0] = '\0';
		return r;
	}
	host_launch_made_directory(directory);
	socket_fd = r;
	io_watch_init(&watch, socket_fd, request_ready);
	if (!kthread_start("mconsole", mconsole_thread, NULL))
		return -ENOMEM;
	r = io_watch_set(&watch, HOST_POLL_IN);
	(void)format_str(path, sizeof(path), "%s/mconsole", directory);
	pr_info("mconsole (version %u) initialized on %s", MCONSOLE_VERSION, path);
	notify(NOTIFY_SOCKET, path);
	return r;
}
