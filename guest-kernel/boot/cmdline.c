// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the command line. One table says what is known. */
#include "boot/cmdline.h"
#include "abi/abi_errno.h"
#include "host/host_thread.h"
#include "lib/string.h"

const struct boot_options *boot_options;

#define MEM_MIN (16ull << 20)
#define MEM_MAX (1ull << 42)

struct option {
	const char *name;
	bool has_value;
	const char *help; /* NULL: accepted and ignored, as UML does */
	/* 0 or -EINVAL with why filled. */
	int (*set)(struct boot_options *o, const char *value, char *why, size_t len);
};

/* "128M" and so on to bytes. */
static bool parse_bytes(const char *s, uint64_t *ret)
{
	static const char units[] = "kmgt";
	char digits[32];
	size_t n = strlen(s);
	uint64_t v, shift = 0;

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, s, n + 1);
	for (unsigned int i = 0; i < 4; i++) {
		if (digits[n - 1] == units[i] || digits[n - 1] == units[i] - 32) {
			shift = 10ull * (i + 1);
			digits[n - 1] = '\0';
			break;
		}
	}
	if (!str_to_u64(digits, 10, &v) || v > (UINT64_MAX >> shift))
		return false;
	*ret = v << shift;
	return true;
}

static int set_mem(struct boot_options *o, const char *value, char *why, size_t len)
{
	if (parse_bytes(value, &o->mem_bytes) && o->mem_bytes >= MEM_MIN &&
	    o->mem_bytes <= MEM_MAX) {
		o->mem_bytes = ALIGN_UP(o->mem_bytes, PAGE_SIZE);
		return 0;
	}
	(void)format_str(why, len, "mem=%s: a size from 16M up is wanted, such as mem=128M", value);
	return -EINVAL;
}

static int set_ncpus(struct boot_options *o, const char *value, char *why, size_t len)
{
	uint64_t n;

	if (!str_to_u64(value, 10, &n) || n < 1 || n > 16) {
		(void)format_str(why, len, "ncpus=%s: a number from 1 to 16 is wanted", value);
		return -EINVAL;
	}
	o->ncpus = (unsigned int)n;
	return 0;
}

static int set_loglevel(struct boot_options *o, const char *value, char *why, size_t len)
{
	uint64_t n;

	if (!str_to_u64(value, 10, &n) || n > 8) {
		(void)format_str(why, len, "loglevel=%s: a number from 0 to 8 is wanted", value);
		return -EINVAL;
	}
	o->loglevel = (int)n - 1;
	return 0;
}

static int set_debug(struct boot_options *o, const char *value, char *why, size_t len)
{
	if (strcmp(value, "preempt") == 0) {
		o->debug_preempt = true;
		return 0;
	}
	(void)format_str(why, len, "debug=%s: only debug=preempt is known", value);
	return -EINVAL;
}

static int set_sandbox(struct boot_options *o, const char *value, char *why, size_t len)
{
	o->no_sandbox = strcmp(value, "off") == 0;
	if (o->no_sandbox || strcmp(value, "on") == 0)
		return 0;
	(void)format_str(why, len, "sandbox=%s: on or off is wanted", value);
	return -EINVAL;
}

#define STRING_OPTION(field)                                                                     \
	static int set_##field(struct boot_options *o, const char *value, char *why, size_t len) \
	{                                                                                        \
		(void)why;                                                                       \
		(void)len;                                                                       \
		o->field = value;                                                                \
		return 0;                                                                        \
	}
STRING_OPTION(engine)
STRING_OPTION(hostname)
STRING_OPTION(initrd)
STRING_OPTION(init)
STRING_OPTION(rdinit)
STRING_OPTION(root)
STRING_OPTION(rootfstype)
STRING_OPTION(rootflags)
STRING_OPTION(uml_dir)
STRING_OPTION(trace)

static int set_umid(struct boot_options *o, const char *value, char *why, size_t len)
{
	if (*value == '\0' || strlen(value) > 63 || strchr(value, '/') || *value == '.') {
		(void)format_str(why, len,
				 "umid=%s: a name of 1 to 63 characters without '/' is wanted",
				 value);
		return -EINVAL;
	}
	o->umid = value;
	return 0;
}

#define FLAG_OPTION(name, field, v)                                                             \
	static int set_##name(struct boot_options *o, const char *value, char *why, size_t len) \
	{                                                                                       \
		(void)value;                                                                    \
		(void)why;                                                                      \
		(void)len;                                                                      \
		o->field = v;                                                                   \
		return 0;                                                                       \
	}
FLAG_OPTION(quiet, quiet, true)
FLAG_OPTION(noreboot, noreboot, true)
FLAG_OPTION(ro, root_readonly, true)
FLAG_OPTION(rw, root_readonly, false)

static const struct option options[] = {
	{ "mem", true, "memory of the guest, such as 128M", set_mem },
	{ "ncpus", true, "virtual processors, 1 to 16", set_ncpus },
	{ "initrd", true, "cpio archive (newc) to unpack into the root file system", set_initrd },
	{ "rdinit", true, "first program of the initrd (default /init)", set_rdinit },
	{ "init", true, "first program (default /sbin/init)", set_init },
	{ "root", true,
	  "root disk: /dev/ubda, 98:0 (default), UUID=, LABEL=, PARTUUID=", set_root },
	{ "rootfstype", true, "type of the root file system, or a list (default: try all)",
	  set_rootfstype },
	{ "rootflags", true, "mount options of the root file system", set_rootflags },
	{ "rw", false, "mount the root read-write", set_rw },
	{ "ro", false, "mount the root read-only (default)", set_ro },
	{ "umid", true, "name of the guest", set_umid },
	{ "hostname", true, "the guest's own name before its init sets one", set_hostname },
	{ "uml_dir", true, "directory for the guest's pid file and mconsole (default ~/.uml/)",
	  set_uml_dir },
	{ "engine", true, "how guest code runs: auto, seccomp, ptrace", set_engine },
	{ "noreboot", false, "end with status 133 instead of starting again", set_noreboot },
	{ "quiet", false, "only warnings on the console while booting", set_quiet },
	{ "loglevel", true, "messages below this level go to the console, 0 to 8", set_loglevel },
	{ "trace", true,
	  "trace channels to standard error: strace,sched,fault,vfs,tty,signal,exec,all",
	  set_trace },
	{ "sandbox", true, "off: do not confine the kernel process, for a debugger", set_sandbox },
	{ "debug", true, "preempt: yield at random wherever the kernel may", set_debug },
	{ "nosysemu", false, NULL, NULL },
	{ "fake_ide", false, NULL, NULL },
	{ "seccomp", true, NULL, NULL },
	{ "console", true, NULL, NULL },
	{ "panic", true, NULL, NULL },
	{ "stderr", true, NULL, NULL },
	{ "xterm", true, NULL, NULL },
	{ "rootwait", false, NULL, NULL },
	{ "rootdelay", true, NULL, NULL },
};

/* Words that belong to a driver: a prefix, perhaps a number or letter and flags, then '='. */
static bool is_device_word(const char *word)
{
	static const char *const prefixes[] = { "con", "ssl", "ubd", "eth", "vec" };
	const char *eq = strchr(word, '=');
	const char *colon = strchr(word, ':');

	if (strncmp(word, "mconsole=", 9) == 0)
		return true;
	for (unsigned int i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const char *p = word + 3;

		if (strncmp(word, prefixes[i], 3) != 0)
			continue;
		if (i == 4)
			return colon && colon > p && (!eq || colon < eq);
		if (!eq || eq - p > 8)
			return false;
		return strncmp(word, "console=", 8) != 0;
	}
	return false;
}

static int parse_option(const struct option *op, char *word, struct boot_options *o, char *why,
			size_t len)
{
	size_t n = strlen(op->name);

	if (op->has_value && word[n] != '=')
		return 0;
	if (!op->set)
		return 0;
	return op->set(o, op->has_value ? word + n + 1 : "", why, len);
}

static const struct option *find_option(const char *word)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		size_t n = strlen(options[i].name);

		if (strncmp(word, options[i].name, n) != 0)
			continue;
		if (options[i].has_value ? word[n] == '=' : word[n] == '\0')
			return &options[i];
	}
	return NULL;
}

/* "name"value"" as Linux: quotes around the whole word or the value are dropped. */
static void unquote(char *word)
{
	char *to = word;

	for (char *p = word; *p; p++)
		if (*p != '"')
			*to++ = *p;
	*to = '\0';
}

static int parse_word(char *word, bool *after_dashes, struct boot_options *o, char *why, size_t len)
{
	const struct option *op;

	if (*after_dashes) {
		if (o->n_init_args < CMDLINE_WORDS)
			o->init_args[o->n_init_args++] = word;
		return 0;
	}
	if (strcmp(word, "--") == 0) {
		*after_dashes = true;
		return 0;
	}
	unquote(word);
	if (is_device_word(word)) {
		if (o->n_devices < CMDLINE_WORDS)
			o->devices[o->n_devices++] = word;
		return 0;
	}
	op = find_option(word);
	if (op)
		return parse_option(op, word, o, why, len);
	if (strchr(word, '=')) {
		/* A dotted name is a module's parameter: nobody's. */
		const char *dot = strchr(word, '.');

		if ((!dot || dot > strchr(word, '=')) && o->n_init_env < CMDLINE_WORDS)
			o->init_env[o->n_init_env++] = word;
	} else if (o->n_init_args < CMDLINE_WORDS && !strchr(word, '.')) {
		o->init_args[o->n_init_args++] = word;
	}
	return 0;
}

int cmdline_parse(int argc, char **argv, struct boot_options *o, char *why, size_t len)
{
	bool after_dashes = false;
	size_t n = 0;

	*o = (struct boot_options){
		.mem_bytes = 64ull << 20,
		.ncpus = 1,
		.engine = "auto",
		.rdinit = "/init",
		.root_readonly = true,
		.loglevel = 6,
	};
	for (int i = 1; i < argc; i++) {
		int r;

		n += (size_t)format_str(o->text + MIN(n, sizeof(o->text)),
					n < sizeof(o->text) ? sizeof(o->text) - n : 0, "%s%s",
					i > 1 ? " " : "", argv[i]);
		r = parse_word(argv[i], &after_dashes, o, why, len);
		if (r < 0)
			return r;
	}
	if (n >= sizeof(o->text)) {
		(void)format_str(why, len, "the command line is longer than %zu bytes",
				 sizeof(o->text) - 1);
		return -EINVAL;
	}
	if (o->quiet)
		o->loglevel = 3;
	return 0;
}

void cmdline_usage(int fd)
{
	char line[640];
	int n = format_str(
		line, sizeof(line),
		"usage: umlk [option...] [word for init...] [-- argument of init...]\n\n");

	host_write_raw(fd, line, (size_t)n);
	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		char name[24];

		if (!options[i].help)
			continue;
		(void)format_str(name, sizeof(name), "%s%s", options[i].name,
				 options[i].has_value ? "=" : "");
		n = format_str(line, sizeof(line), "  %-12s %s\n", name, options[i].help);
		host_write_raw(fd, line, (size_t)n);
	}
	n = format_str(
		line, sizeof(line),
		"  ubd0= ubd1=  disks: FILE, or COWFILE,BASEIMAGE; flags behind the number: r s d c t\n"
		"  eth[0-9]+=   network cards: tuntap,TAP,MAC of a tap device of this user's\n"
		"  vec[0-9]+:   the same: transport=tap,ifname=TAP,mac=MAC\n"
		"  con0= ssl0=  console channels: fd:IN,fd:OUT, pts, null, none\n"
		"  mconsole=    notify:SOCKET\n"
		"umlk(8) has the details.\n");
	host_write_raw(fd, line, (size_t)n);
}
