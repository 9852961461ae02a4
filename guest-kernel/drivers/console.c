// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Console lines. Output goes through a bounded ring to a non-blocking host descriptor, so the kernel never waits for who reads it: guest writers
 * sleep while the ring is full, the kernel log drops. Input is read when the I/O thread sees it and only while the terminal has room.
 */
#include "drivers/console.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/ktimer.h"
#include "drivers/channel.h"
#include "drivers/tty.h"
#include "host/host_epoll.h"
#include "host/host_memory.h"
#include "host/host_tty.h"
#include "lib/string.h"
#include "vfs/vfs.h"

#define CON_LINES   16
#define SSL_LINES   64
#define SSL_MINOR   64
#define OUT_RING    16384u
#define END_WAIT_MS 200

struct console_line {
	struct channel channel;
	char spec[64];
	bool configured;
	bool registered;
	struct tty *tty; /* made at the first open */
	struct io_watch in_watch, out_watch;
	uint8_t *out;
	size_t out_head, out_tail;
	struct device device;
	char name[8];	  /* con0 */
	char dev_name[8]; /* tty0 */
};

static struct console_line con[CON_LINES], ssl[SSL_LINES];
static struct console_line *system_console;
static struct io_watch winch_watch;

/* --- output ------------------------------------------------------------------------------------- */

static size_t out_used(const struct console_line *l)
{
	return l->out_head - l->out_tail;
}

/* Send what the host takes now; false if something is left. */
static bool out_send(struct console_line *l)
{
	while (out_used(l) > 0) {
		size_t at = l->out_tail % OUT_RING, n = MIN(out_used(l), OUT_RING - at);
		ssize_t r;

		if (l->channel.out_fd < 0) {
			l->out_tail = l->out_head;
			break;
		}
		r = host_write(l->channel.out_fd, l->out + at, n);
		if (r == -EINTR)
			continue;
		if (r == -EAGAIN)
			return false;
		/* Nobody will ever read it: as if it had been read. */
		l->out_tail += r < 0 ? n : (size_t)r;
	}
	return true;
}

static void out_pump(struct console_line *l)
{
	bool all = out_send(l);

	if (l->channel.out_fd >= 0)
		(void)io_watch_set(&l->out_watch, all ? 0 : HOST_POLL_OUT);
}

static void out_ready(struct io_watch *w, uint32_t events)
{
	struct console_line *l = container_of(w, struct console_line, out_watch);

	(void)events;
	out_pump(l);
	if (l->tty)
		tty_output_room(l->tty);
}

static size_t out_put(struct console_line *l, const uint8_t *buf, size_t n)
{
	n = MIN(n, OUT_RING - out_used(l));
	for (size_t i = 0; i < n; i++)
		l->out[l->out_head++ % OUT_RING] = buf[i];
	return n;
}

static size_t con_write(struct tty *tty, const uint8_t *buf, size_t n)
{
	struct console_line *l = tty->private;

	n = out_put(l, buf, n);
	out_pump(l);
	return n;
}

static size_t con_room(struct tty *tty)
{
	struct console_line *l = tty->private;

	return OUT_RING - out_used(l);
}

static size_t con_queued(struct tty *tty)
{
	return out_used(tty->private);
}

static void con_flush_output(struct tty *tty)
{
	struct console_line *l = tty->private;

	l->out_tail = l->out_head;
}

/* Lines of the kernel log; from any place that holds the big lock. */
static void log_write(const char *text, size_t len)
{
	struct console_line *l = system_console;

	for (size_t i = 0; i < len; i++) {
		if (OUT_RING - out_used(l) < 2)
			break;
		if (text[i] == '\n')
			(void)out_put(l, (const uint8_t *)"\r", 1);
		(void)out_put(l, (const uint8_t *)&text[i], 1);
	}
	out_pump(l);
}

/* --- input -------------------------------------------------------------------------------------- */

/* -EPERM if the descriptor is of a kind that is always ready and cannot be watched (a regular file, /dev/null). */
static int in_watch(struct console_line *l)
{
	bool want = l->channel.in_fd >= 0 && l->tty && tty_insert_room(l->tty) >= TTY_QUEUE / 2;

	return l->channel.in_fd < 0 ? 0 : io_watch_set(&l->in_watch, want ? HOST_POLL_IN : 0);
}

/* The other side is gone for good (the end of a file, a closed pipe): the line goes on without input. */
static void in_end(struct console_line *l)
{
	(void)io_watch_set(&l->in_watch, 0);
	(void)host_close(l->channel.in_fd);
	l->channel.in_fd = -1;
	l->channel.has_window = false;
}

static void in_read(struct console_line *l)
{
	uint8_t buf[1024];
	ssize_t n = host_read(l->channel.in_fd, buf, MIN(sizeof(buf), tty_insert_room(l->tty)));

	if (n > 0)
		(void)!tty_insert(l->tty, buf, (size_t)n);
	else if (n == 0 || (n != -EAGAIN && n != -EINTR))
		in_end(l);
}

static void in_ready(struct io_watch *w, uint32_t events)
{
	struct console_line *l = container_of(w, struct console_line, in_watch);

	(void)events;
	if (l->tty && tty_insert_room(l->tty) > 0)
		in_read(l);
	(void)in_watch(l);
}

static void con_input_room(struct tty *tty)
{
	struct console_line *l = tty->private;

	/* What is always ready is read as room comes. */
	if (in_watch(l) != -EPERM)
		return;
	while (l->channel.in_fd >= 0 && tty_insert_room(tty) > 0 && !tty->in_input)
		in_read(l);
}

/* --- windows ------------------------------------------------------------------------------------ */

static void window_follow(struct console_line *l)
{
	struct host_window w;
	struct abi_winsize size;

	if (!l->tty || !l->channel.has_window || host_tty_size(l->channel.in_fd, &w) < 0)
		return;
	size = (struct abi_winsize){ w.rows, w.cols, w.xpixel, w.ypixel };
	(void)tty_resize(l->tty, &size);
}

static void winch_ready(struct io_watch *w, uint32_t events)
{
	uint8_t buf[512];

	(void)events;
	while (host_read(w->fd, buf, sizeof(buf)) > 0)
		;
	for (unsigned int i = 0; i < CON_LINES; i++)
		window_follow(&con[i]);
	for (unsigned int i = 0; i < SSL_LINES; i++)
		window_follow(&ssl[i]);
}

static void winch_start(struct console_line *l)
{
	int fd;

	if (!l->channel.has_window)
		return;
	fd = host_tty_winch_fd(l->channel.in_fd);
	if (fd < 0 || winch_watch.added)
		return;
	io_watch_init(&winch_watch, fd, winch_ready);
	(void)io_watch_set(&winch_watch, HOST_POLL_IN);
}

/* --- open --------------------------------------------------------------------------------------- */

static const struct tty_driver console_driver = {
	.write = con_write,
	.room = con_room,
	.queued = con_queued,
	.flush_output = con_flush_output,
	.input_room = con_input_room,
};

static int line_tty(struct console_line *l)
{
	if (l->tty)
		return 0;
	l->tty = tty_alloc(&console_driver, l->dev_name, l->device.rdev);
	if (!l->tty)
		return -ENOMEM;
	l->tty->private = l;
	l->tty->termios.cflag |= CLOCAL;
	window_follow(l);
	con_input_room(l->tty);
	return 0;
}

static int line_open(struct inode *inode, struct file *f)
{
	struct console_line *l = f->private;
	int r;

	(void)inode;
	f->private = NULL;
	if (!l->configured)
		return -ENODEV;
	r = line_tty(l);
	if (r == 0)
		r = tty_attach(l->tty, f, false);
	if (r == 0)
		tty_open_controlling(l->tty, f);
	return r;
}

static int console_open(struct inode *inode, struct file *f)
{
	int r = system_console ? line_tty(system_console) : -ENODEV;

	(void)inode;
	f->private = NULL;
	return r < 0 ? r : tty_attach(system_console->tty, f, true);
}

/* /dev/tty: the controlling terminal, whichever it is. */
static int ctty_open(struct inode *inode, struct file *f)
{
	struct tty *tty = current_tty();
	int r;

	(void)inode;
	f->private = NULL;
	if (!tty)
		return -ENXIO;
	tty_get(tty);
	r = tty_attach(tty, f, false);
	tty_put(tty);
	return r;
}

static const struct file_ops line_fops = { .open = line_open };
static const struct file_ops console_fops = { .open = console_open };
static const struct file_ops ctty_fops = { .open = ctty_open };

/* --- configuration ------------------------------------------------------------------------------ */

static int line_connect(struct console_line *l, const char *spec, char *why, size_t len)
{
	int r;

	if (strcmp(spec, "none") == 0) {
		l->configured = false;
		(void)str_copy(l->spec, spec, sizeof(l->spec));
		return 0;
	}
	if (!l->out)
		l->out = kmalloc(OUT_RING);
	if (!l->out)
		return -ENOMEM;
	r = channel_open(&l->channel, spec, l->name, why, len);
	if (r < 0)
		return r;
	io_watch_init(&l->in_watch, l->channel.in_fd, in_ready);
	io_watch_init(&l->out_watch, l->channel.out_fd, out_ready);
	(void)str_copy(l->spec, spec, sizeof(l->spec));
	l->configured = true;
	winch_start(l);
	if (l->registered)
		return 0;
	r = device_register(&l->device);
	l->registered = r == 0;
	return r;
}

static int line_disconnect(struct console_line *l)
{
	if (l->tty && l->tty->count > 0)
		return -EBUSY;
	if (l->channel.in_fd >= 0)
		(void)io_watch_set(&l->in_watch, 0);
	if (l->channel.out_fd >= 0)
		(void)io_watch_set(&l->out_watch, 0);
	channel_close(&l->channel);
	tty_put(l->tty);
	l->tty = NULL;
	l->out_head = l->out_tail = 0;
	l->configured = false;
	if (l->registered)
		device_unregister(&l->device);
	l->registered = false;
	(void)str_copy(l->spec, "none", sizeof(l->spec));
	return 0;
}

/* "con3" or "ssl3", up to end; all lines of the kind if there is no number: *ret_line is then NULL. */
static int find_lines(const char *name, size_t n, struct console_line **ret_lines,
		      unsigned int *ret_count, struct console_line **ret_line)
{
	bool is_con = n >= 3 && strncmp(name, "con", 3) == 0;
	unsigned int number = 0;

	if (!is_con && (n < 3 || strncmp(name, "ssl", 3) != 0))
		return -ENOENT;
	*ret_lines = is_con ? con : ssl;
	*ret_count = is_con ? CON_LINES : SSL_LINES;
	*ret_line = NULL;
	if (n == 3)
		return 0;
	for (size_t i = 3; i < n; i++) {
		if (name[i] < '0' || name[i] > '9' || n > 5)
			return -EINVAL;
		number = number * 10 + (unsigned int)(name[i] - '0');
	}
	if (number >= *ret_count)
		return -ENODEV;
	*ret_line = &(*ret_lines)[number];
	return 0;
}

int console_option(const char *word, char *why, size_t len)
{
	const char *eq = strchr(word, '=');
	struct console_line *lines, *one;
	unsigned int count;
	int r = eq ? find_lines(word, (size_t)(eq - word), &lines, &count, &one) : -EINVAL;

	if (r < 0) {
		(void)format_str(why, len, "%s: lines are con0 to con%d and ssl0 to ssl%d", word,
				 CON_LINES - 1, SSL_LINES - 1);
		return r;
	}
	if (one) {
		/* The later word counts. */
		r = one->configured ? line_disconnect(one) : 0;
		return r < 0 ? r : line_connect(one, eq + 1, why, len);
	}
	for (unsigned int i = 0; r == 0 && i < count; i++)
		if (!lines[i].configured && lines[i].spec[0] == '\0')
			r = line_connect(&lines[i], eq + 1, why, len);
	return r;
}

static void line_setup(struct console_line *l, const char *kind, const char *dev_kind,
		       unsigned int i, unsigned int minor)
{
	(void)format_str(l->name, sizeof(l->name), "%s%u", kind, i);
	(void)format_str(l->dev_name, sizeof(l->dev_name), "%s%u", dev_kind, i);
	l->channel = (struct channel){ .in_fd = -1, .out_fd = -1, .keep_fd = -1 };
	l->device = (struct device){ .rdev = MKDEV(TTY_MAJOR, minor),
				     .mode = kind[0] == 'c' ? 0620 : 0660,
				     .gid = kind[0] == 'c' ? 5 : 20, /* tty, dialout */
				     .name = l->dev_name,
				     .fops = &line_fops,
				     .private = l };
}

int console_init(void)
{
	static struct device console_device = { .rdev = MKDEV(TTYAUX_MAJOR, 1),
						.mode = 0600,
						.name = "console",
						.fops = &console_fops };
	static struct device ctty_device = { .rdev = MKDEV(TTYAUX_MAJOR, 0),
					     .mode = 0666,
					     .gid = 5,
					     .name = "tty",
					     .fops = &ctty_fops };
	int r;

	for (unsigned int i = 0; i < CON_LINES; i++)
		line_setup(&con[i], "con", "tty", i, i);
	for (unsigned int i = 0; i < SSL_LINES; i++)
		line_setup(&ssl[i], "ssl", "ttyS", i, SSL_MINOR + i);
	r = device_register(&console_device);
	return r < 0 ? r : device_register(&ctty_device);
}

int console_start(char *why, size_t len)
{
	int r = 0;

	if (con[0].spec[0] == '\0') {
		r = line_connect(&con[0], "fd:0,fd:1", why, len);
		if (r < 0) /* started without standard descriptors */
			r = line_connect(&con[0], "null", why, len);
	}
	for (unsigned int i = 1; r == 0 && i < CON_LINES; i++)
		if (con[i].spec[0] == '\0')
			r = line_connect(&con[i], "null", why, len);
	for (unsigned int i = 0; i < CON_LINES && !system_console; i++)
		if (con[i].configured)
			system_console = &con[i];
	for (unsigned int i = 0; i < SSL_LINES; i++)
		if (ssl[i].configured && !system_console)
			system_console = &ssl[i];
	if (r == 0 && system_console)
		klog_set_writer(log_write);
	return r;
}

static void line_end(struct console_line *l)
{
	for (int tries = 0; tries < 10 && out_used(l) > 0 && !out_send(l); tries++)
		if (!host_wait_writable(l->channel.out_fd, END_WAIT_MS))
			break;
}

void console_end(void)
{
	for (unsigned int i = 0; i < CON_LINES; i++)
		line_end(&con[i]);
	for (unsigned int i = 0; i < SSL_LINES; i++)
		line_end(&ssl[i]);
}

const char *console_spec(const char *name)
{
	struct console_line *lines, *one;
	unsigned int count;

	if (find_lines(name, strlen(name), &lines, &count, &one) < 0 || !one)
		return NULL;
	return one->configured ? one->spec : "none";
}

int console_remove(const char *name, char *why, size_t len)
{
	struct console_line *lines, *one;
	unsigned int count;

	if (find_lines(name, strlen(name), &lines, &count, &one) < 0 || !one || !one->configured) {
		(void)format_str(why, len, "Device doesn't exist");
		return -ENODEV;
	}
	if (one == system_console || line_disconnect(one) < 0) {
		(void)format_str(why, len, "Device is currently open");
		return -EBUSY;
	}
	return 0;
}
