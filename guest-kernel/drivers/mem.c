// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory devices: null, zero, full, random, urandom, and kmsg, the kernel log one record a read. See null(4), full(4), random(4). */
#include "drivers/mem.h"
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_poll.h"
#include "abi/abi_tty.h"
#include "core/klog.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs.h"

#define KMSG_LINE  1024
#define RANDOM_MAX (32u << 20) /* bytes of one read, as in Linux */

static int64_t seek_stays(struct file *f, int64_t offset, int whence)
{
	(void)offset;
	(void)whence;
	f->pos = 0;
	return 0;
}

static ssize_t read_nothing(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	(void)f;
	(void)to;
	(void)pos;
	return 0;
}

static ssize_t write_all(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	size_t n = from->left;

	(void)f;
	(void)pos;
	iter_advance(from, n);
	return (ssize_t)n;
}

static ssize_t write_full(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	(void)f;
	(void)pos;
	return from->left ? -ENOSPC : 0;
}

static ssize_t read_zeros(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	ssize_t done = 0;

	(void)f;
	(void)pos;
	while (to->left > 0) {
		size_t n = MIN(to->left, (uint64_t)65536);
		ssize_t r = iter_zero(to, n);

		if (r > 0)
			done += r;
		if (r < (ssize_t)n)
			return done > 0 ? done : r;
		sched_give_way();
	}
	return done;
}

/* A map of /dev/zero is anonymous memory, private or shared: no source. */
static int zero_mmap(struct file *f, uint64_t offset, uint64_t len, uint32_t prot, bool shared,
		     struct mapping_source **ret)
{
	(void)f;
	(void)offset;
	(void)len;
	(void)prot;
	(void)shared;
	*ret = NULL;
	return 0;
}

static ssize_t read_random(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	uint8_t buf[512];
	ssize_t done = 0;

	(void)f;
	(void)pos;
	while (to->left > 0 && done < RANDOM_MAX) {
		size_t n = MIN(to->left, sizeof(buf));
		ssize_t r;

		host_random_bytes(buf, n);
		r = iter_copy_to(to, buf, n);
		if (r > 0)
			done += r;
		if (r < (ssize_t)n)
			return done > 0 ? done : r;
	}
	return done;
}

#define RNDGETENTCNT 0x80045200u

static int64_t random_ioctl(struct file *f, unsigned int cmd, uint64_t arg)
{
	(void)f;
	return cmd == RNDGETENTCNT ? put_user((uint32_t)256, UADDR(arg)) : -EINVAL;
}

/* --- kmsg --------------------------------------------------------------------------------------- */

struct kmsg_reader {
	uint64_t next;
};

static int kmsg_open(struct inode *inode, struct file *f)
{
	struct kmsg_reader *k;

	(void)inode;
	f->private = NULL;
	if (!f->can_read)
		return 0;
	if (!capable(CAP_SYSLOG) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	k = kzalloc(sizeof(*k));
	f->private = k;
	f->poll_queue = klog_queue();
	return k ? 0 : -ENOMEM;
}

static void kmsg_release(struct file *f)
{
	kfree(f->private);
}

static int kmsg_wait(struct file *f, struct kmsg_reader *k, struct klog_record *rec)
{
	while (!klog_read(k->next, rec)) {
		int r;

		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		r = wait_queue_sleep(klog_queue(), NO_DEADLINE, WAIT_INTERRUPTIBLE);
		if (r < 0)
			return r;
	}
	return 0;
}

static ssize_t kmsg_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct kmsg_reader *k = f->private;
	struct klog_record rec;
	char line[KMSG_LINE];
	int n = kmsg_wait(f, k, &rec);

	(void)pos;
	if (n < 0)
		return n;
	if (rec.seq > k->next) {
		/* Records were overwritten before they were read. */
		k->next = rec.seq;
		return -EPIPE;
	}
	n = format_str(line, sizeof(line), "%d,%llu,%llu,-;%s\n", rec.level,
		       (unsigned long long)rec.seq, (unsigned long long)(rec.time_ns / 1000),
		       rec.text);
	n = (int)MIN((size_t)n, sizeof(line) - 1);
	if (to->left < (uint64_t)n)
		return -EINVAL;
	k->next = rec.seq + 1;
	return iter_copy_to(to, line, (size_t)n);
}

/* "<level>text"; the facility in the upper bits is not kept. */
static ssize_t kmsg_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	char line[KMSG_LINE];
	size_t len = from->left;
	const char *text = line;
	int level = KLOG_WARNING;
	ssize_t n;

	(void)f;
	(void)pos;
	if (len >= sizeof(line))
		return -EINVAL;
	n = iter_copy_from(from, line, len);
	if (n < (ssize_t)len)
		return -EFAULT;
	line[len] = '\0';
	if (line[0] == '<') {
		int v = 0;

		for (text++; *text >= '0' && *text <= '9' && v < 10000; text++)
			v = v * 10 + (*text - '0');
		if (*text == '>') {
			level = v & 7;
			text++;
		} else {
			text = line;
		}
	}
	klog(level, "%s", text);
	return (ssize_t)len;
}

static uint32_t kmsg_poll(struct file *f, struct poll_table *table)
{
	struct kmsg_reader *k = f->private;

	if (!k)
		return POLLOUT | POLLWRNORM;
	poll_wait(table, klog_queue());
	return k->next < klog_next_seq() ? POLLIN | POLLRDNORM : 0;
}

static int64_t kmsg_seek(struct file *f, int64_t offset, int whence)
{
	struct kmsg_reader *k = f->private;

	if (!k)
		return -EBADF;
	if (offset != 0)
		return -ESPIPE;
	if (whence == 0)
		k->next = 0;
	else if (whence == 2)
		k->next = klog_next_seq();
	else
		return -EINVAL;
	return 0;
}

/* --- table -------------------------------------------------------------------------------------- */

static const struct file_ops null_fops = {
	.read = read_nothing, .write = write_all, .llseek = seek_stays, .no_pos = true
};
static const struct file_ops zero_fops = { .read = read_zeros,
					   .write = write_all,
					   .mmap = zero_mmap,
					   .llseek = seek_stays,
					   .no_pos = true };
static const struct file_ops full_fops = {
	.read = read_zeros, .write = write_full, .llseek = seek_stays, .no_pos = true
};
static const struct file_ops random_fops = { .read = read_random,
					     .write = write_all,
					     .ioctl = random_ioctl,
					     .llseek = seek_stays,
					     .no_pos = true };
static const struct file_ops kmsg_fops = { .open = kmsg_open,
					   .release = kmsg_release,
					   .read = kmsg_read,
					   .write = kmsg_write,
					   .poll = kmsg_poll,
					   .llseek = kmsg_seek,
					   .no_pos = true };

static struct device devices[] = {
	{ .rdev = MKDEV(MEM_MAJOR, 3), .mode = 0666, .name = "null", .fops = &null_fops },
	{ .rdev = MKDEV(MEM_MAJOR, 5), .mode = 0666, .name = "zero", .fops = &zero_fops },
	{ .rdev = MKDEV(MEM_MAJOR, 7), .mode = 0666, .name = "full", .fops = &full_fops },
	{ .rdev = MKDEV(MEM_MAJOR, 8), .mode = 0666, .name = "random", .fops = &random_fops },
	{ .rdev = MKDEV(MEM_MAJOR, 9), .mode = 0666, .name = "urandom", .fops = &random_fops },
	{ .rdev = MKDEV(MEM_MAJOR, 11), .mode = 0644, .name = "kmsg", .fops = &kmsg_fops },
};

int mem_init(void)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < ARRAY_SIZE(devices); i++)
		r = device_register(&devices[i]);
	return r;
}
