// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_kernel.h"

#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "host/host_thread.h"
#include "image_rig.h"
#include "vfs/vfs_calls.h"

#define CHUNK 1024u

static struct image images[] = {
	{ .name = "deb12-1k" },	  { .name = "deb13-1k" },   { .name = "deb13-4k" },
	{ .name = "ext3-1k" },	  { .name = "ext2-rev0" },  { .name = "uninit-1k" },
	{ .name = "inline-1k" },  { .name = "inline-old" }, { .name = "eainode-1k" },
	{ .name = "metabg-1k" },  { .name = "index-1k" },   { .name = "index-2k" },
	{ .name = "sparse2-1k" },
};

static char folder[4096];
static struct host_event given, done;
static void (*each)(void);

/* --- the disk: what no kernel code may ask for ends the program --------------------------------- */

static struct image *image_of(const struct block_device *dev)
{
	for (size_t i = 0; i < ARRAY_SIZE(images); i++)
		if (images[i].disk && &images[i].disk->dev == dev)
			return &images[i];
	abort();
}

void rig_touch(struct image *m, uint64_t offset, uint64_t len)
{
	for (uint64_t at = offset / CHUNK; at <= (offset + len - 1) / CHUNK; at++)
		m->touched[at] = 1;
}

static int disk_read(struct block_device *dev, uint64_t offset, void *buf, size_t len)
{
	struct image *m = image_of(dev);

	MUST(offset <= dev->bytes && len <= dev->bytes - offset);
	MUST(++m->reads < 200000);
	memcpy(buf, m->disk->bytes + offset, len);
	return 0;
}

static int disk_write(struct block_device *dev, uint64_t offset, const void *buf, size_t len,
		      unsigned int *flags)
{
	struct image *m = image_of(dev);

	if (flags)
		*flags = 0;
	MUST(offset <= dev->bytes && len <= dev->bytes - offset && !dev->readonly);
	MUST(++m->writes < 200000);
	memcpy(m->disk->bytes + offset, buf, len);
	if (len)
		rig_touch(m, offset, len);
	return 0;
}

static int disk_flush(struct block_device *dev)
{
	(void)dev;
	return 0;
}

static int disk_zero(struct block_device *dev, uint64_t offset, uint64_t len, unsigned int *flags)
{
	struct image *m = image_of(dev);

	if (flags)
		*flags = 0;
	MUST(offset <= dev->bytes && len <= dev->bytes - offset && !dev->readonly);
	MUST(++m->writes < 200000);
	memset(m->disk->bytes + offset, 0, len);
	if (len)
		rig_touch(m, offset, len);
	return 0;
}

static int disk_discard(struct block_device *dev, uint64_t offset, uint64_t len)
{
	return disk_zero(dev, offset, len, NULL);
}

/* The place in the image is the answer: nobody maps it. */
static int disk_map(struct block_device *dev, uint64_t offset, uint64_t len, bool write,
		    struct mapping_run *ret, unsigned int *flags)
{
	*flags = 0;
	MUST(offset <= dev->bytes && len <= dev->bytes - offset && len > 0);
	MUST(!write || !dev->readonly);
	*ret = (struct mapping_run){
		.kind = MAPPING_RUN_HOST,
		.host_offset = offset,
		.len = len,
		.readonly = !write,
	};
	return 0;
}

static const struct block_ops disk_ops = {
	.read = disk_read,
	.write = disk_write,
	.flush = disk_flush,
	.zero = disk_zero,
	.discard = disk_discard,
	.map = disk_map,
};

/* --- images ------------------------------------------------------------------------------------- */

/* In the language of ext4_run.c; "?" may fail. 240 bytes of name are %s. */
static const char *const contents[] = {
	"mkdir a",
	"mkdir a/b",
	"mkdir a/b/c",
	"write a/file 0 5000 1",
	"write f 0 9000 2",
	"write b 0 3000 3",
	"write b 300000 2000 4",
	"write b 900000 1000 5",
	/* Every other block: more extents than an inode holds. */
	"write e 0 100 1",
	"write e 8192 100 1",
	"write e 16384 100 1",
	"write e 24576 100 1",
	"write e 32768 100 1",
	"write e 40960 100 1",
	"write e 49152 100 1",
	"write e 57344 100 1",
	"write u 0 1000 1",
	"?fallocate u 0 0 40000",
	"link f a/f2",
	"symlink short s1",
	"symlink a/b/%s s2",
	"?setx f user.small 20 1",
	"?setx f user.other 300 2",
	"?setx f user.more 400 3",
	"?setx a user.dir 30 4",
	"?setx u user.long-one 700 5",
	"?setx u trusted.t 40 1",
	"?setx u security.s 40 1",
	"chmod f 4755",
	"mkdir d",
	"write d/first 0 10 1",
};

static void command(struct image *m, const char *text)
{
	char line[5000], name[241];
	bool may = *text == '?';
	const char *s = strstr(text, "%s");
	int r;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	text += may;
	(void)format_str(line, sizeof(line), "%.*s%s%s", s ? (int)(s - text) : (int)strlen(text),
			 text, s ? name : "", s ? s + 2 : "");
	r = rig_command(m->disk, line);
	if (r < 0 && !may)
		(void)printf("%s: %s: error %d\n", m->name, text, -r);
	MUST(r == 0 || may);
}

/* Access control lists as attributes: the owner, one user, the group, the mask, the others. */
static void put_acl(const char *path, const char *name)
{
	static const uint8_t acl[] = { 2,   0,	 0,   0,   1,	0,   7,	 0,   255, 255, 255,
				       255, 2,	 0,   5,   0,	9,   0,	 0,   0,   4,	0,
				       5,   0,	 255, 255, 255, 255, 16, 0,   7,   0,	255,
				       255, 255, 255, 32,  0,	4,   0,	 255, 255, 255, 255 };
	struct path p;

	MUST(path_lookup(AT_FDCWD, path, 0, &p) == 0);
	(void)vfs_setxattr(&p, name, acl, sizeof(acl), 0);
	path_put(&p);
}

static void many_names(struct image *m)
{
	bool large = strncmp(m->name, "index", 5) == 0;
	char line[400], name[221] = { 0 };

	memset(name, 'm', large ? 220 : 100);
	for (unsigned int i = 0; i < (large ? 460 : 30); i++) {
		(void)format_str(line, sizeof(line), "link d/first d/%s%u", name, i);
		command(m, line);
	}
}

static uint8_t *copy_of(const uint8_t *from, size_t len)
{
	uint8_t *copy = malloc(len);

	MUST(copy);
	memcpy(copy, from, len);
	return copy;
}

static void keep(struct image *m, unsigned int state)
{
	m->good[state] = copy_of(m->disk->bytes, m->disk->dev.bytes);
}

/* Checksums of what is good are right: this is what says that they are mended well. */
static void check_mending(const struct image *m)
{
	uint8_t *copy = copy_of(m->good[0], m->disk->dev.bytes);

	areas_mend(&m->areas, copy);
	for (uint64_t i = 0; i < m->disk->dev.bytes; i += CHUNK)
		if (memcmp(copy + i, m->good[0] + i, CHUNK) != 0) {
			(void)printf("%s: mending changes the KiB at %llu\n", m->name,
				     (unsigned long long)i);
			abort();
		}
	free(copy);
}

static void crash(struct image *m)
{
	struct file *f;

	MUST(file_open(AT_FDCWD, "/m/gone", O_RDWR | O_CREAT, 0600, 0, &f) == 0);
	command(m, "write gone 0 20000 9");
	command(m, "unlink gone");
	command(m, "rename a/file a/b/moved");
	command(m, "write new 0 3000 1");
	command(m, "fsync new");
	command(m, "unlink e");
	command(m, "fsync new");
	keep(m, 1);
	m->has_crashed = true;
	file_put(f);
}

static void prepare(struct image *m)
{
	char path[4200];
	const struct ext4_super_block *es;

	(void)format_str(path, sizeof(path), "%s/%s", folder, m->name);
	m->disk = fake_disk_load(path);
	m->disk->dev.ops = &disk_ops;
	m->disk->dev.any_bytes = true;
	m->touched = calloc(1, m->disk->dev.bytes / CHUNK + 1);
	MUST(m->touched);
	es = (const void *)(m->disk->bytes + EXT4_SUPER_OFFSET);
	MUST(rig_mount(m->disk, 0, NULL) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++)
		command(m, contents[i]);
	put_acl("/m/f", "system.posix_acl_access");
	put_acl("/m/a", "system.posix_acl_default");
	many_names(m);
	MUST(rig_umount() == 0);
	keep(m, 0);
	areas_find(&m->areas, m->good[0], (uint32_t)m->disk->dev.bytes);
	check_mending(m);
	if (es->s_feature_compat & EXT4_COMPAT_HAS_JOURNAL) {
		MUST(rig_mount(m->disk, 0, NULL) == 0);
		crash(m);
		MUST(rig_umount() == 0);
	}
	memset(m->touched, 1, m->disk->dev.bytes / CHUNK);
}

struct image *rig_image(const char *prefix, unsigned int which, bool crashed)
{
	unsigned int n = 0;
	struct image *m;

	for (size_t i = 0; i < ARRAY_SIZE(images); i++)
		n += strncmp(images[i].name, prefix, strlen(prefix)) == 0;
	MUST(n > 0);
	which %= n;
	for (m = images;; m++)
		if (strncmp(m->name, prefix, strlen(prefix)) == 0 && which-- == 0)
			break;
	if (!m->disk)
		prepare(m);
	crashed = crashed && m->has_crashed;
	for (uint64_t i = 0; i < m->disk->dev.bytes / CHUNK; i++) {
		if (m->touched[i] || m->state != crashed)
			memcpy(m->disk->bytes + i * CHUNK, m->good[crashed] + i * CHUNK, CHUNK);
		m->touched[i] = 0;
	}
	m->state = crashed;
	m->reads = m->writes = 0;
	m->disk->dev.readonly = false;
	return m;
}

/* --- the kernel --------------------------------------------------------------------------------- */

static void panicked(const char *message)
{
	(void)printf("kernel panic: %s\n", message);
	abort();
}

static void kernel_main(void *arg)
{
	(void)arg;
	panic_notify = panicked;
	rig_start();
	for (;;) {
		big_lock_drop();
		while (!host_event_wait(&given, UINT64_MAX)) /* a signal */
			;
		big_lock_retake();
		each();
		host_event_set(&done);
	}
}

static void kernel_thread(void *arg)
{
	(void)arg;
	big_lock_take();
	MUST(kthread_start("fuzz", kernel_main, NULL));
	big_lock_release();
	sched_run();
}

/* The images lie beside the program. */
void rig_begin(const char *program, void (*fn)(void))
{
	const char *slash = strrchr(program, '/');

	(void)format_str(folder, sizeof(folder), "%.*s/seeds/images",
			 slash ? (int)(slash - program) : 1, slash ? program : ".");
	each = fn;
	MUST(host_event_init(&given) == 0 && host_event_init(&done) == 0);
	MUST(sched_init(1) == 0);
	MUST(host_thread_start("kernel", kernel_thread, NULL) == 0);
}

void rig_run(void)
{
	host_event_set(&given);
	while (!host_event_wait(&done, UINT64_MAX)) /* a signal */
		;
}
