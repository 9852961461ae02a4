// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of verbs. Words in `args` and `value` have a meaning for completion: GUEST, IMAGE, JOB and VERB are looked up, FILE
 * is a path, a|b are choices. A verb that is added here must also be added to umlctl(1); a test compares them.
 */
#include "cli/cli_verb.h"

const struct verb_option global_options[] = {
	{ "socket", 0, OPTION_STRING, "FILE", NULL,
	  "umld's socket; default $UMLD_SOCKET, else the "
	  "user's own, else the system's" },
	{ "output", 'o', OPTION_STRING, "text|json", NULL, "form of results and errors" },
	{ "quiet", 'q', OPTION_FLAG, NULL, NULL, "no remarks; lists print names only" },
	{ "no-progress", 0, OPTION_FLAG, NULL, NULL, "no progress bar" },
	{ "help", 'h', OPTION_FLAG, NULL, NULL, "help for the verb" },
	{ "version", 0, OPTION_FLAG, NULL, NULL, "umlctl's version" },
	{ 0 },
};

/* What create and set have in common. */
#define GUEST_OPTIONS                                                                                   \
	{ "kernel", 0, OPTION_STRING, "linux.uml|umlk", "kernel", "which guest kernel" },               \
		{ "kernel-path", 0,                                                                     \
		  OPTION_PATH,	 "FILE",                                                                \
		  "kernel_path", "this program instead of the kernel's packaged one" },                 \
		{ "initrd", 0, OPTION_PATH, "FILE", "initrd", "initial RAM disk, or none" },            \
		{ "mem", 0, OPTION_STRING, "SIZE", "mem", "memory, like 256M" },                        \
		{ "ncpus", 0, OPTION_INT, "N", "ncpus", "virtual CPUs" },                               \
		{ "disk",      0,	OPTION_DISKS,                                                   \
		  "FILE[,ro]", "disks", "a further disk; may be repeated; none: no disks" },            \
		{ "swap", 0, OPTION_STRING, "SIZE", "swap", "size of a swap disk; 0: none" },           \
		{ "net", 0, OPTION_STRING, "none|tap[=NAME][,bridge=BR][,mac=MAC]", "net", "network" }, \
		{ "append", 0,	      OPTION_STRING,                                                    \
		  "WORDS",  "append", "more words for the kernel's command line" },                     \
		{ "consoles", 0, OPTION_INT, "N", "consoles", "how many consoles" },                    \
		{ "on-reboot",	  0,	       OPTION_STRING,                                           \
		  "restart|stop", "on_reboot", "what to do when the guest reboots" },                   \
		{ "on-crash",	  0,	      OPTION_STRING,                                            \
		  "stop|restart", "on_crash", "what to do when it panics or dies" },                    \
	{                                                                                               \
		"stop-timeout", 0, OPTION_STRING, "DURATION", "stop_timeout",                           \
			"how long stop waits before it kills, like 30s"                                 \
	}

static const struct verb_option create_options[] = {
	{ "image", 0, OPTION_STRING, "IMAGE", "image",
	  "base image; default mini; none: no such disk" },
	GUEST_OPTIONS,
	{ "owner", 0, OPTION_STRING, "USER", "owner", "user who may run it, and as whom it runs" },
	{ "start", 0, OPTION_FLAG, NULL, NULL, "start it at once" },
	{ "console", 0, OPTION_FLAG, NULL, NULL, "start it and attach to its console" },
	{ 0 },
};

static const struct verb_option set_options[] = {
	GUEST_OPTIONS,
	{ 0 },
};

static const struct verb_option start_options[] = {
	{ "console", 0, OPTION_FLAG, NULL, NULL, "attach to the console (one guest only)" },
	{ 0 },
};

static const struct verb_option stop_options[] = {
	{ "timeout", 0, OPTION_STRING, "DURATION", "timeout",
	  "kill it then; default: the guest's stop-timeout" },
	{ "no-wait", 0, OPTION_FLAG, NULL, NULL, "do not wait for the result" },
	{ 0 },
};

static const struct verb_option kill_options[] = {
	{ "no-wait", 0, OPTION_FLAG, NULL, NULL, "do not wait for its end" },
	{ 0 },
};

static const struct verb_option wait_options[] = {
	{ "state", 0, OPTION_STRING, "stopped|running|paused|settled", NULL,
	  "the state to wait for; default stopped" },
	{ "timeout", 0, OPTION_STRING, "DURATION", NULL,
	  "give up after this time (exit status 6)" },
	{ 0 },
};

static const struct verb_option console_options[] = {
	{ "read-only", 'r', OPTION_FLAG, NULL, NULL, "watch only" },
	{ 0 },
};

static const struct verb_option log_options[] = {
	{ "follow", 'f', OPTION_FLAG, NULL, NULL, "go on until the guest ends" },
	{ "lines", 'n', OPTION_STRING, "N", NULL, "only the last N lines" },
	{ "raw", 0, OPTION_FLAG, NULL, NULL, "escape sequences too, byte for byte" },
	{ 0 },
};

static const struct verb_option delete_options[] = {
	{ "force", 'f', OPTION_FLAG, NULL, NULL, "kill it first if it runs" },
	{ 0 },
};

static const struct verb_option build_options[] = {
	{ "suite", 0, OPTION_STRING, "SUITE", "suite", "Debian suite, like bookworm" },
	{ "include", 0, OPTION_STRINGS, "PACKAGE,...", "include", "further packages" },
	{ "size", 0, OPTION_STRING, "SIZE", "size", "size of the disk, like 4G" },
	{ "mirror", 0, OPTION_STRING, "URL", "mirror", "where packages come from" },
	{ "no-wait", 0, OPTION_FLAG, NULL, NULL, "print the job's number and return" },
	{ 0 },
};

static const struct verb_option import_options[] = {
	{ "size", 0, OPTION_STRING, "SIZE", "size", "size of the disk, like 4G" },
	{ "no-wait", 0, OPTION_FLAG, NULL, NULL, "print the job's number and return" },
	{ 0 },
};

static const struct verb_option job_wait_options[] = {
	{ "timeout", 0, OPTION_STRING, "DURATION", NULL,
	  "give up after this time (exit status 6)" },
	{ 0 },
};

static const struct verb_option events_options[] = {
	{ "since", 0, OPTION_INT, "SEQ", "since", "begin after this sequence number" },
	{ "epoch", 0, OPTION_STRING, "EPOCH", "epoch", "the run of umld that SEQ is from" },
	{ "count", 0, OPTION_STRING, "N", NULL, "end after N events" },
	{ 0 },
};

static const struct verb_option help_options[] = {
	{ "list", 0, OPTION_FLAG, NULL, NULL, "one verb a line" },
	{ "options", 0, OPTION_FLAG, NULL, NULL, "the verb's options, one a line" },
	{ 0 },
};

static const char create_help[] =
	"Defines a guest. Without options it runs the built-in image \"mini\" on a disk\n"
	"of its own; its base image is never written. Sizes are like 512M or 4G,\n"
	"durations like 90, 30s or 5m. Nothing is left behind when anything is wrong.\n"
	"\n"
	"  umlctl create gonzo --console\n"
	"  umlctl create web --image debian --mem 1G --net tap,bridge=umlbr0";
static const char set_help[] =
	"Changes a guest's definition. on-reboot, on-crash and stop-timeout may\n"
	"change at any time, the rest only while the guest is stopped. Disks are\n"
	"replaced as a whole: give all of them.";
static const char start_help[] =
	"Returns when the kernel runs, or has failed to. Several guests are started\n"
	"one after the other; a failure does not keep the others from starting.";
static const char stop_help[] =
	"Asks the guest to shut down (as Ctrl-Alt-Del would), waits, and kills it\n"
	"when the time is over. Returns when it is stopped, unless --no-wait is\n"
	"given.";
static const char kill_help[] =
	"Ends the guest at once, like pulling the plug. Its file systems may need a\n"
	"check.";
static const char restart_help[] =
	"Stops the guest as `stop` does and starts it again; a stopped one is\n"
	"started.";
static const char wait_help[] =
	"Waits until the guest is stopped, running, paused, or settled (any of the\n"
	"three). Goes on waiting when umld is restarted meanwhile.";
static const char console_help[] =
	"Attaches the terminal to a console (0 if none is given). What was printed\n"
	"before comes first. Any number of viewers may be attached at once; window\n"
	"size follows your terminal.\n"
	"\n"
	"  ~.    detach, at the start of a line\n"
	"  ^]    detach, anywhere\n"
	"  ~?    list these keys\n"
	"  ~^Z   suspend umlctl\n"
	"\n"
	"The console goes on when umld is restarted. Exit status 1 if the guest\n"
	"crashed. If standard input is no terminal, it is sent as it is and has no\n"
	"escape keys.";
static const char log_help[] =
	"Prints what a console (0 if none is given) has shown. With -f it starts with\n"
	"the last 256 KiB and goes on with what comes. Escape sequences are left out\n"
	"unless --raw is given.";
static const char mconsole_help[] =
	"Sends one command to the kernel's management console and prints the answer,\n"
	"for example\n"
	"  umlctl mconsole gonzo version\n"
	"  umlctl mconsole gonzo sysrq s";
static const char delete_help[] =
	"Removes the guest with its own disk, logs and swap. Base images and files\n"
	"given with --disk stay. A guest that runs is refused unless --force is\n"
	"given.";
static const char build_help[] =
	"Builds a Debian image with mmdebstrap. Shows progress; ^C cancels it.\n"
	"\n"
	"  umlctl image build debian --suite bookworm --include openssh-server --size 4G";
static const char import_help[] =
	"Makes an image from an ext4 file system image, a directory, or a tar\n"
	"archive. ^C cancels it.";
static const char events_help[] =
	"Prints events as they happen, of the named guests or of all. With -o json\n"
	"each line is one document.";
static const char rpc_help[] =
	"Sends one request as it is and prints the result as JSON. JSON is an object;\n"
	"\"-\" reads it from standard input. Methods are described in umld-rpc(7).\n"
	"\n"
	"  umlctl rpc guest.show '{\"name\":\"gonzo\"}'";

const struct verb verb_table[] = {
	{ "create", GROUP_GUEST, "NAME", 1, 1, create_options, "Make a guest", create_help,
	  verb_create },
	{ "set", GROUP_GUEST, "GUEST", 1, 1, set_options, "Change a guest", set_help, verb_set },
	{ "show", GROUP_GUEST, "GUEST", 1, 1, NULL, "Show all about a guest", NULL, verb_show },
	{ "list", GROUP_GUEST, "", 0, 0, NULL, "List guests", NULL, verb_list },
	{ "start", GROUP_GUEST, "GUEST...", 1, VERB_MANY, start_options, "Start guests", start_help,
	  verb_start },
	{ "stop", GROUP_GUEST, "GUEST...", 1, VERB_MANY, stop_options, "Shut guests down",
	  stop_help, verb_stop },
	{ "kill", GROUP_GUEST, "GUEST...", 1, VERB_MANY, kill_options, "End guests at once",
	  kill_help, verb_kill },
	{ "restart", GROUP_GUEST, "GUEST...", 1, VERB_MANY, stop_options,
	  "Shut guests down and start them again", restart_help, verb_restart },
	{ "pause", GROUP_GUEST, "GUEST...", 1, VERB_MANY, NULL, "Freeze guests", NULL, verb_pause },
	{ "resume", GROUP_GUEST, "GUEST...", 1, VERB_MANY, NULL, "Let frozen guests go on", NULL,
	  verb_resume },
	{ "wait", GROUP_GUEST, "GUEST", 1, 1, wait_options, "Wait for a guest's state", wait_help,
	  verb_wait },
	{ "rename", GROUP_GUEST, "GUEST NAME", 2, 2, NULL, "Rename a stopped guest", NULL,
	  verb_rename },
	{ "delete", GROUP_GUEST, "GUEST...", 1, VERB_MANY, delete_options,
	  "Delete guests and their disks", delete_help, verb_delete },
	{ "console", GROUP_LOOK, "GUEST [N]", 1, 2, console_options, "Attach to a console",
	  console_help, verb_console },
	{ "log", GROUP_LOOK, "GUEST [N]", 1, 2, log_options, "Print a console's log", log_help,
	  verb_log },
	{ "mconsole", GROUP_LOOK, "GUEST COMMAND...", 2, VERB_MANY, NULL,
	  "Send a command to the guest's kernel", mconsole_help, verb_mconsole },
	{ "image build", GROUP_IMAGE, "NAME", 1, 1, build_options, "Build a Debian image",
	  build_help, verb_image_build },
	{ "image import", GROUP_IMAGE, "NAME FILE", 2, 2, import_options,
	  "Make an image from a file or directory", import_help, verb_image_import },
	{ "image list", GROUP_IMAGE, "", 0, 0, NULL, "List images", NULL, verb_image_list },
	{ "image show", GROUP_IMAGE, "IMAGE", 1, 1, NULL, "Show all about an image", NULL,
	  verb_image_show },
	{ "image delete", GROUP_IMAGE, "IMAGE...", 1, VERB_MANY, NULL,
	  "Delete images no guest needs", NULL, verb_image_delete },
	{ "job list", GROUP_JOB, "", 0, 0, NULL, "List jobs", NULL, verb_job_list },
	{ "job show", GROUP_JOB, "JOB", 1, 1, NULL, "Show a job", NULL, verb_job_show },
	{ "job wait", GROUP_JOB, "JOB", 1, 1, job_wait_options, "Wait for a job's end", NULL,
	  verb_job_wait },
	{ "job cancel", GROUP_JOB, "JOB", 1, 1, NULL, "Cancel a job", NULL, verb_job_cancel },
	{ "events", GROUP_OTHER, "[GUEST...]", 0, VERB_MANY, events_options, "Print what happens",
	  events_help, verb_events },
	{ "rpc", GROUP_OTHER, "METHOD [JSON]", 1, 2, NULL, "Send a raw request", rpc_help,
	  verb_rpc },
	{ "help", GROUP_OTHER, "[VERB]", 0, 2, help_options, "Help for a verb", NULL, verb_help },
	{ "version", GROUP_OTHER, "", 0, 0, NULL, "Show umlctl's and umld's version", NULL,
	  verb_version },
	{ 0 },
};
