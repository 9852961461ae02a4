// SPDX-License-Identifier: GPL-2.0-or-later
/* Mount options: those of mount(8)'s ext4 that mean something here, those that are taken without an effect, and -EINVAL for the rest, as on Linux. */
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_memory.h"

enum option_kind {
	OPT_IGNORE,
	OPT_BOOL,
	OPT_UNBOOL,
	OPT_U32,
	OPT_U64,
	OPT_ERRORS,
	OPT_DATA,
	OPT_IGNORE_BOTH, /* a number may follow */
	OPT_IOPRIO,
	OPT_POWER,
	OPT_JQFMT,
};

struct option {
	const char *name;
	enum option_kind kind;
	size_t at; /* in struct ext4_options */
	bool has_value;
	uint32_t flag;
};

#define AT(field) offsetof(struct ext4_options, field)

static const struct option options[] = {
	{ "errors", OPT_ERRORS, 0, true, 0 },
	{ "data", OPT_DATA, 0, true, 0 },
	{ "barrier", OPT_BOOL, AT(barrier), false, 0 },
	{ "nobarrier", OPT_UNBOOL, AT(barrier), false, 0 },
	{ "discard", OPT_BOOL, AT(discard), false, 0 },
	{ "nodiscard", OPT_UNBOOL, AT(discard), false, 0 },
	{ "acl", OPT_BOOL, AT(acl), false, 0 },
	{ "noacl", OPT_UNBOOL, AT(acl), false, 0 },
	{ "user_xattr", OPT_BOOL, AT(user_xattr), false, 0 },
	{ "nouser_xattr", OPT_UNBOOL, AT(user_xattr), false, 0 },
	{ "noload", OPT_BOOL, AT(noload), false, 0 },
	{ "norecovery", OPT_BOOL, AT(noload), false, 0 },
	{ "minixdf", OPT_BOOL, AT(minix_df), false, 0 },
	{ "bsddf", OPT_UNBOOL, AT(minix_df), false, 0 },
	{ "lazytime", OPT_BOOL, AT(lazytime), false, 0 },
	{ "nolazytime", OPT_UNBOOL, AT(lazytime), false, 0 },
	{ "resuid", OPT_U32, AT(resuid), true, 0 },
	{ "resgid", OPT_U32, AT(resgid), true, 0 },
	{ "commit", OPT_U32, AT(commit_seconds), true, 0 },
	{ "sb", OPT_U64, AT(sb_block), true, 0 },
	/* No effect here, or what we do anyway. */
	{ "delalloc", OPT_IGNORE, 0, false, 0 },
	{ "nodelalloc", OPT_IGNORE, 0, false, 0 },
	{ "auto_da_alloc", OPT_IGNORE_BOTH, 0, false, 0 },
	{ "noauto_da_alloc", OPT_IGNORE, 0, false, 0 },
	{ "block_validity", OPT_IGNORE, 0, false, 0 },
	{ "noblock_validity", OPT_IGNORE, 0, false, 0 },
	{ "journal_checksum", OPT_IGNORE, 0, false, 0 },
	{ "nojournal_checksum", OPT_IGNORE, 0, false, 0 },
	{ "journal_async_commit", OPT_IGNORE, 0, false, 0 },
	{ "journal_ioprio", OPT_IOPRIO, 0, true, 0 },
	{ "dioread_lock", OPT_IGNORE, 0, false, 0 },
	{ "dioread_nolock", OPT_IGNORE, 0, false, 0 },
	{ "nodioread_nolock", OPT_IGNORE, 0, false, 0 },
	{ "init_itable", OPT_IGNORE_BOTH, 0, false, 0 },
	{ "noinit_itable", OPT_IGNORE, 0, false, 0 },
	{ "inode_readahead_blks", OPT_POWER, 0, true, 0 },
	{ "stripe", OPT_IGNORE, 0, true, 0 },
	{ "max_batch_time", OPT_IGNORE, 0, true, 0 },
	{ "min_batch_time", OPT_IGNORE, 0, true, 0 },
	{ "max_dir_size_kb", OPT_IGNORE, 0, true, 0 },
	{ "i_version", OPT_IGNORE, 0, false, 0 },
	{ "grpid", OPT_IGNORE, 0, false, 0 },
	{ "nogrpid", OPT_IGNORE, 0, false, 0 },
	{ "bsdgroups", OPT_IGNORE, 0, false, 0 },
	{ "sysvgroups", OPT_IGNORE, 0, false, 0 },
	{ "oldalloc", OPT_IGNORE, 0, false, 0 },
	{ "orlov", OPT_IGNORE, 0, false, 0 },
	{ "debug", OPT_IGNORE, 0, false, 0 },
	{ "abort", OPT_IGNORE, 0, false, 0 },
	{ "nombcache", OPT_IGNORE, 0, false, 0 },
	{ "no_mbcache", OPT_IGNORE, 0, false, 0 },
	{ "noquota", OPT_IGNORE, 0, false, 0 },
	/* Nothing is counted, and quotaon is refused; as with a kernel that was built without quotas. */
	{ "quota", OPT_IGNORE, 0, false, 0 },
	{ "usrquota", OPT_IGNORE, 0, false, 0 },
	{ "grpquota", OPT_IGNORE, 0, false, 0 },
	{ "jqfmt", OPT_JQFMT, 0, true, 0 },
	{ "check", OPT_IGNORE, 0, true, 0 },
	{ "nocheck", OPT_IGNORE, 0, false, 0 },
	{ "prefetch_block_bitmaps", OPT_IGNORE, 0, false, 0 },
	{ "no_prefetch_block_bitmaps", OPT_IGNORE, 0, false, 0 },
	{ "mb_optimize_scan", OPT_IGNORE, 0, true, 0 },
};

static bool set_number(struct ext4_options *o, const struct option *p, const char *value)
{
	uint64_t v;

	if (!value || !str_to_u64(value, 10, &v) || (p->kind == OPT_U32 && v > UINT_MAX))
		return false;
	if (p->kind == OPT_U32)
		*(uint32_t *)(void *)((char *)o + p->at) = (uint32_t)v;
	else
		*(uint64_t *)(void *)((char *)o + p->at) = v;
	return true;
}

static bool set_errors(struct ext4_options *o, const char *value)
{
	if (value && strcmp(value, "continue") == 0)
		o->errors = EXT4_ERRORS_CONTINUE;
	else if (value && strcmp(value, "remount-ro") == 0)
		o->errors = EXT4_ERRORS_RO;
	else if (value && strcmp(value, "panic") == 0)
		o->errors = EXT4_ERRORS_PANIC;
	else
		return false;
	return true;
}

static bool set_option(struct ext4_options *o, const char *name, const char *value)
{
	const struct option *p = NULL;
	uint64_t v;

	for (size_t i = 0; !p && i < ARRAY_SIZE(options); i++)
		if (strcmp(options[i].name, name) == 0)
			p = &options[i];
	if (!p)
		return false;
	switch (p->kind) {
	case OPT_BOOL:
	case OPT_UNBOOL: {
		bool on = p->kind == OPT_BOOL;

		/* barrier=0 is the one that has both forms. */
		if (value && p->at == AT(barrier))
			on = strcmp(value, "0") != 0;
		*(bool *)((char *)o + p->at) = on;
		return true;
	}
	case OPT_U32:
	case OPT_U64:
		return set_number(o, p, value);
	case OPT_ERRORS:
		return set_errors(o, value);
	case OPT_DATA: /* ordered promises all that writeback does; journal would promise more */
		if (!value || (strcmp(value, "ordered") != 0 && strcmp(value, "writeback") != 0))
			return false;
		o->writeback = value[0] == 'w';
		return true;
	case OPT_IGNORE_BOTH:
		return !value || str_to_u64(value, 10, &v);
	case OPT_IOPRIO:
		return value && str_to_u64(value, 10, &v) && v <= 7;
	case OPT_POWER:
		return value && str_to_u64(value, 10, &v) && v <= 1u << 30 && (v & (v - 1)) == 0;
	case OPT_JQFMT:
		return value && (strcmp(value, "vfsold") == 0 || strcmp(value, "vfsv0") == 0 ||
				 strcmp(value, "vfsv1") == 0);
	default:
		return p->has_value == (value != NULL);
	}
}

struct parse {
	struct ext4_options *o;
	char *why;
	size_t len;
};

static int parse_one(void *arg, const char *name, const char *value)
{
	const struct parse *p = arg;

	if (set_option(p->o, name, value))
		return 0;
	(void)format_str(p->why, p->len, "Unrecognized mount option \"%s%s%s\" or missing value",
			 name, value ? "=" : "", value ? value : "");
	return -EINVAL;
}

int ext4_options_parse(struct ext4_options *o, const char *data, char *why, size_t len)
{
	struct parse p = { .o = o, .why = why, .len = len };

	return mount_options_each(data, parse_one, &p);
}

void ext4_options_show(const struct super_block *sb, char *buf, size_t len)
{
	const struct ext4_sb *s = ext4_sb(sb);
	const struct ext4_options *o = &s->opt;
	unsigned int def = s->es->s_errors;
	size_t n = 0;

	buf[0] = '\0';
#define SHOW(...)                                                               \
	do {                                                                    \
		if (n < len)                                                    \
			n += (size_t)format_str(buf + n, len - n, __VA_ARGS__); \
	} while (0)
	if (o->minix_df)
		SHOW(",minixdf");
	if (!o->user_xattr)
		SHOW(",nouser_xattr");
	if (!o->acl)
		SHOW(",noacl");
	if (!o->barrier)
		SHOW(",nobarrier");
	if (o->writeback)
		SHOW(",data=writeback");
	if (o->discard)
		SHOW(",discard");
	if (o->noload)
		SHOW(",norecovery");
	if (o->commit_seconds && o->commit_seconds != 5)
		SHOW(",commit=%u", o->commit_seconds);
	if (o->resuid)
		SHOW(",resuid=%u", o->resuid);
	if (o->resgid)
		SHOW(",resgid=%u", o->resgid);
	if (o->errors != (def >= 1 && def <= 3 ? def : EXT4_ERRORS_CONTINUE))
		SHOW(",errors=%s", o->errors == EXT4_ERRORS_RO	    ? "remount-ro"
				   : o->errors == EXT4_ERRORS_PANIC ? "panic"
								    : "continue");
#undef SHOW
}
