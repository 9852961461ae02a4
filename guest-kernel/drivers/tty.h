/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Terminals. A struct tty is one end: a console line, a pty slave, or a pty master (whose settings are all zero, so that the same line
 * discipline hands its bytes through unchanged). Parts:
 *
 *	tty.c		objects, open files, read and write as the file layer calls them
 *	tty_input.c	what arrives: editing, signals, echo
 *	tty_output.c	what leaves: output processing, flow control, the echo queue
 *	tty_read.c	reading lines or bytes (VMIN, VTIME), readiness
 *	tty_jobctl.c	sessions, foreground groups, hangup
 *	tty_ioctl.c, tty_termios.c	requests
 *
 * All under the big lock; functions called by drivers (tty_insert, tty_output_room, tty_hangup) never sleep.
 */
#ifndef DRIVERS_TTY_H
#define DRIVERS_TTY_H

#include "abi/abi_tty.h"
#include "core/wait_queue.h"
#include "lib/list.h"
#include "lib/types.h"

struct file;
struct inode;
struct iov_iter;
struct poll_table;
struct session;
struct thread_group;
struct tty;

#define TTY_BUF	  4096u /* the line discipline's buffer; a line has at most 4095 bytes and its end */
#define TTY_QUEUE 8192u /* bytes that arrived and wait for room there */
#define TTY_ECHO  4096u

/* What stands behind a terminal. All may be called on the I/O thread and must not sleep. Optional ones may be NULL. */
struct tty_driver {
	bool is_pty, is_master;
	/* Take up to n bytes for output; returns how many. Later room is announced by tty_output_room. */
	size_t (*write)(struct tty *tty, const uint8_t *buf, size_t n);
	size_t (*room)(struct tty *tty);
	size_t (*queued)(struct tty *tty);     /* bytes not yet sent; default 0 */
	void (*flush_output)(struct tty *tty); /* forget them */
	void (*input_room)(struct tty *tty);   /* tty_insert takes bytes again */
	void (*flow)(struct tty *tty);	       /* tty->stopped has changed */
	void (*set_termios)(struct tty *tty, const struct abi_termios *old);
	int (*resize)(struct tty *tty, const struct abi_winsize *size); /* default: tty_resize */
	int64_t (*ioctl)(struct tty *tty, struct file *file, unsigned int cmd, uint64_t arg);
	int (*open)(struct tty *tty);	  /* each; -errno refuses */
	void (*close)(struct tty *tty);	  /* the last open file has gone */
	void (*destroy)(struct tty *tty); /* the last reference has gone; the tty is freed after */
};

struct tty {
	uint32_t refs;
	unsigned int count; /* open files that are not hung up, and those that are */
	const struct tty_driver *driver;
	void *private;
	char name[16];
	uint64_t rdev;
	struct abi_termios termios;
	struct abi_winsize winsize;
	struct tty *link; /* the other end of a pty */
	bool exclusive, other_closed;
	struct list_head files;
	struct wait_queue wait; /* readers, writers and pollers */
	struct sleep_lock read_lock, write_lock;

	/* Job control. */
	struct session *session; /* whose controlling terminal it is */
	int fg_pgid;

	/* Flow: stopped by ^S or TCOOFF; tco: by TCOOFF, then only TCOON starts it. */
	bool stopped, tco_stopped;
	bool packet; /* a master in packet mode */
	uint8_t packet_status;

	/* The line discipline. Counters grow without end; their low bits index. */
	uint8_t buf[TTY_BUF];
	uint64_t marks[TTY_BUF / 64]; /* ends of lines */
	size_t head, tail, canon_head;
	bool lnext, erasing, push;
	unsigned int column, canon_column;
	uint8_t queue[TTY_QUEUE];
	size_t queue_head, queue_tail;
	bool in_input;
	uint16_t echo[TTY_ECHO];
	size_t echo_head, echo_tail;
};

/* An open file of a terminal: file->private. */
struct tty_file {
	struct tty *tty;
	struct file *file;
	struct list_head link; /* tty->files */
	bool hung_up;
	bool is_console; /* /dev/console: no job control */
};

extern const struct file_ops tty_fops;
extern const struct abi_termios tty_std_termios;

/* One reference; -ENOMEM as NULL. */
struct tty *tty_alloc(const struct tty_driver *driver, const char *name, uint64_t rdev);
void tty_get(struct tty *tty);
void tty_put(struct tty *tty);

/* Attach an open file (f->private and f->ops are set): checks exclusive use, tells the driver. */
int tty_attach(struct tty *tty, struct file *f, bool is_console);
/* The session takes it as controlling terminal if open(2) without O_NOCTTY does that. */
void tty_open_controlling(struct tty *tty, struct file *f);
struct tty *file_tty(struct file *f); /* NULL if it is no terminal */

/* --- for drivers --- */

size_t tty_insert(struct tty *tty, const uint8_t *buf, size_t n); /* how many were taken */
size_t tty_insert_room(const struct tty *tty);
void tty_output_room(struct tty *tty);
void tty_break(struct tty *tty);

/* --- tty_input.c --- */

void tty_input_run(struct tty *tty);
void tty_input_flush(struct tty *tty);
void tty_input_settings(struct tty *tty, const struct abi_termios *old);

/* --- tty_output.c --- */

void tty_echo(struct tty *tty, uint8_t c);     /* control characters as ^X if ECHOCTL */
void tty_echo_raw(struct tty *tty, uint8_t c); /* through output processing only */
void tty_echo_back_column(struct tty *tty);
void tty_echo_line_start(struct tty *tty);
void tty_echo_erase_tab(struct tty *tty, unsigned int chars, bool after_tab);
void tty_echo_flush(struct tty *tty);
void tty_stop(struct tty *tty);
void tty_start(struct tty *tty);
void tty_send_char(struct tty *tty, uint8_t c);
void tty_flush_output(struct tty *tty);
size_t tty_queued(struct tty *tty);
ssize_t tty_write_out(struct tty *tty, struct tty_file *tf, struct file *f, const uint8_t *buf,
		      size_t n);	   /* may sleep */
int must_check tty_drain(struct tty *tty); /* may sleep; -ERESTARTSYS */

/* --- tty_read.c --- */

ssize_t tty_read_in(struct tty *tty, struct tty_file *tf, struct file *f, uint8_t *buf,
		    size_t n); /* may sleep */
bool tty_input_ready(const struct tty *tty, bool poll);
uint32_t tty_poll_now(struct tty *tty);
size_t tty_input_bytes(const struct tty *tty); /* FIONREAD */

/* --- tty_jobctl.c --- */

void tty_jobctl_init(void);
struct tty *current_tty(void);				     /* no reference */
struct tty *group_tty(struct thread_group *g);		     /* for /proc/PID/stat; no reference */
int must_check tty_check_change(struct tty *tty, int signo); /* 0, -EIO, -ERESTARTSYS */
int must_check tty_job_control_read(struct tty *tty, const struct tty_file *tf);
void tty_signal(struct tty *tty, int signo); /* to the foreground group */
void tty_hangup(struct tty *tty, bool session_exits);
void tty_session_clear(struct tty *tty);
void tty_vhangup_self(void); /* vhangup(2); the caller has checked the capability */
/* -ENOIOCTL if it is none of job control's. */
int64_t tty_jobctl_ioctl(struct tty *tty, struct file *f, unsigned int cmd, uint64_t arg);

/* --- tty_ioctl.c, tty_termios.c --- */

#define ENOIOCTL 515 /* inside the drivers only: not mine */

int64_t tty_ioctl(struct file *f, unsigned int cmd, uint64_t arg);
int64_t tty_termios_ioctl(struct tty *tty, struct tty *real, unsigned int cmd, uint64_t arg);
int tty_resize(struct tty *tty, const struct abi_winsize *size);
void tty_set_termios(struct tty *tty, const struct abi_termios *new);

/* --- shared by the parts --- */

static inline size_t tty_used(const struct tty *tty)
{
	return tty->head - tty->tail;
}

static inline uint8_t tty_at(const struct tty *tty, size_t i)
{
	return tty->buf[i % TTY_BUF];
}

static inline bool tty_marked(const struct tty *tty, size_t i)
{
	return (tty->marks[i % TTY_BUF / 64] >> (i % 64)) & 1;
}

static inline void tty_mark(struct tty *tty, size_t i, bool on)
{
	uint64_t bit = 1ull << (i % 64);

	if (on)
		tty->marks[i % TTY_BUF / 64] |= bit;
	else
		tty->marks[i % TTY_BUF / 64] &= ~bit;
}

static inline bool tty_iflag(const struct tty *tty, uint32_t f)
{
	return (tty->termios.iflag & f) != 0;
}

static inline bool tty_oflag(const struct tty *tty, uint32_t f)
{
	return (tty->termios.oflag & f) != 0;
}

static inline bool tty_lflag(const struct tty *tty, uint32_t f)
{
	return (tty->termios.lflag & f) != 0;
}

/* Is c this special character? A zero slot is disabled. */
static inline bool tty_is_cc(const struct tty *tty, unsigned int which, uint8_t c)
{
	return c != 0 && tty->termios.cc[which] == c;
}

static inline bool tty_is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

/* Letters as Linux counts them here: Latin 1, where ß is a small letter too. */
static inline bool tty_is_lower(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7);
}

static inline bool tty_is_upper(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
}

/* A byte in the middle of a UTF-8 character takes no column of its own. */
static inline bool tty_is_continuation(const struct tty *tty, uint8_t c)
{
	return tty_iflag(tty, IUTF8) && (c & 0xc0) == 0x80;
}

#endif
