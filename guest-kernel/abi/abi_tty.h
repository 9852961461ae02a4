/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Terminals of x86-64: termios, window sizes and the ioctls. See termios(3), ioctl_tty(2), ioctl_console(2), pts(4). */
#ifndef ABI_TTY_H
#define ABI_TTY_H

#include "lib/types.h"

enum {
	VINTR = 0,
	VQUIT = 1,
	VERASE = 2,
	VKILL = 3,
	VEOF = 4,
	VTIME = 5,
	VMIN = 6,
	VSWTC = 7,
	VSTART = 8,
	VSTOP = 9,
	VSUSP = 10,
	VEOL = 11,
	VREPRINT = 12,
	VDISCARD = 13,
	VWERASE = 14,
	VLNEXT = 15,
	VEOL2 = 16,
};
#define NCCS 19
#define NCC  8

/* c_iflag */
#define IGNBRK	0000001u
#define BRKINT	0000002u
#define IGNPAR	0000004u
#define PARMRK	0000010u
#define INPCK	0000020u
#define ISTRIP	0000040u
#define INLCR	0000100u
#define IGNCR	0000200u
#define ICRNL	0000400u
#define IUCLC	0001000u
#define IXON	0002000u
#define IXANY	0004000u
#define IXOFF	0010000u
#define IMAXBEL 0020000u
#define IUTF8	0040000u

/* c_oflag */
#define OPOST  0000001u
#define OLCUC  0000002u
#define ONLCR  0000004u
#define OCRNL  0000010u
#define ONOCR  0000020u
#define ONLRET 0000040u
#define OFILL  0000100u
#define OFDEL  0000200u
#define TABDLY 0014000u
#define XTABS  0014000u

/* c_cflag */
#define CBAUD	0010017u
#define B9600	0000015u
#define B38400	0000017u
#define CSIZE	0000060u
#define CS8	0000060u
#define CSTOPB	0000100u
#define CREAD	0000200u
#define PARENB	0000400u
#define PARODD	0001000u
#define HUPCL	0002000u
#define CLOCAL	0004000u
#define BOTHER	0010000u
#define CIBAUD	002003600000u
#define IBSHIFT 16

/* c_lflag */
#define ISIG	0000001u
#define ICANON	0000002u
#define XCASE	0000004u
#define ECHO	0000010u
#define ECHOE	0000020u
#define ECHOK	0000040u
#define ECHONL	0000100u
#define NOFLSH	0000200u
#define TOSTOP	0000400u
#define ECHOCTL 0001000u
#define ECHOPRT 0002000u
#define ECHOKE	0004000u
#define FLUSHO	0010000u
#define PENDIN	0040000u
#define IEXTEN	0100000u
#define EXTPROC 0200000u

/* TCSETS and TCGETS transfer the first 36 bytes, TCSETS2 all. */
struct abi_termios {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t cc[NCCS];
	uint32_t ispeed, ospeed;
};
_Static_assert(sizeof(struct abi_termios) == 44, "struct termios2");
#define TERMIOS_OLD_BYTES 36

struct abi_termio {
	uint16_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t cc[NCC];
	uint8_t pad;
};
_Static_assert(sizeof(struct abi_termio) == 18, "struct termio");

struct abi_winsize {
	uint16_t row, col, xpixel, ypixel;
};
_Static_assert(sizeof(struct abi_winsize) == 8, "struct winsize");

#define TCGETS	     0x5401u
#define TCSETS	     0x5402u
#define TCSETSW	     0x5403u
#define TCSETSF	     0x5404u
#define TCGETA	     0x5405u
#define TCSETA	     0x5406u
#define TCSETAW	     0x5407u
#define TCSETAF	     0x5408u
#define TCSBRK	     0x5409u
#define TCXONC	     0x540au
#define TCFLSH	     0x540bu
#define TIOCEXCL     0x540cu
#define TIOCNXCL     0x540du
#define TIOCSCTTY    0x540eu
#define TIOCGPGRP    0x540fu
#define TIOCSPGRP    0x5410u
#define TIOCOUTQ     0x5411u
#define TIOCSTI	     0x5412u
#define TIOCGWINSZ   0x5413u
#define TIOCSWINSZ   0x5414u
#define TIOCMGET     0x5415u
#define TIOCGSOFTCAR 0x5419u
#define TIOCSSOFTCAR 0x541au
#define FIONREAD     0x541bu
#define TIOCCONS     0x541du
#define TIOCGSERIAL  0x541eu
#define TIOCPKT	     0x5420u
#define TIOCNOTTY    0x5422u
#define TIOCSETD     0x5423u
#define TIOCGETD     0x5424u
#define TCSBRKP	     0x5425u
#define TIOCSBRK     0x5427u
#define TIOCCBRK     0x5428u
#define TIOCGSID     0x5429u
#define TCGETS2	     0x802c542au
#define TCSETS2	     0x402c542bu
#define TCSETSW2     0x402c542cu
#define TCSETSF2     0x402c542du
#define TIOCGPTN     0x80045430u
#define TIOCSPTLCK   0x40045431u
#define TIOCGDEV     0x80045432u
#define TIOCSIG	     0x40045436u
#define TIOCVHANGUP  0x5437u
#define TIOCGPKT     0x80045438u
#define TIOCGPTLCK   0x80045439u
#define TIOCGEXCL    0x80045440u
#define TIOCGPTPEER  0x5441u

enum { TCOOFF = 0, TCOON = 1, TCIOFF = 2, TCION = 3 };
enum { TCIFLUSH = 0, TCOFLUSH = 1, TCIOFLUSH = 2 };

#define TIOCPKT_DATA	   0x00
#define TIOCPKT_FLUSHREAD  0x01
#define TIOCPKT_FLUSHWRITE 0x02
#define TIOCPKT_STOP	   0x04
#define TIOCPKT_START	   0x08
#define TIOCPKT_NOSTOP	   0x10
#define TIOCPKT_DOSTOP	   0x20
#define TIOCPKT_IOCTL	   0x40

enum { N_TTY = 0 };

#define TTY_MAJOR	   4
#define TTYAUX_MAJOR	   5
#define UNIX98_PTS_MAJOR   136
#define MEM_MAJOR	   1
#define DEVPTS_SUPER_MAGIC 0x1cd1

#endif
