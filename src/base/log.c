/* SPDX-License-Identifier: MIT */
/*
 * Formats a line and hands it to the hook, or to standard error.
 */
#include "base/log.h"

#include "base/sys.h"

static eg__log_fn *log_fn;
static void *log_arg;

struct out {
	char *buf;
	size_t size;
	size_t len; /* what the whole text needs; may pass size */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_string(struct out *o, const char *s)
{
	for (s = s ? s : "(null)"; *s; s++)
		put(o, *s);
}

static void put_number(struct out *o, uint64_t n, unsigned base)
{
	char digits[20];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (count)
		put(o, digits[--count]);
}

static void put_signed(struct out *o, int64_t n)
{
	if (n < 0)
		put(o, '-');
	put_number(o, n < 0 ? 0 - (uint64_t)n : (uint64_t)n, 10);
}

static void put_pointer(struct out *o, const void *p)
{
	put_string(o, "0x");
	put_number(o, (uintptr_t)p, 16);
}

size_t eg__vformat(char *buf, size_t size, const char *format, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	bool is_long;

	for (const char *f = format; *f; f++) {
		if (*f != '%') {
			put(&o, *f);
			continue;
		}
		is_long = false;
		while (*++f == 'l' || *f == 'z')
			is_long = true;
		if (*f == 's')
			put_string(&o, va_arg(args, const char *));
		else if (*f == 'c')
			put(&o, (char)va_arg(args, int));
		else if (*f == 'd')
			put_signed(&o, is_long ? va_arg(args, long)
					       : va_arg(args, int));
		else if (*f == 'u' || *f == 'x')
			put_number(&o,
				   is_long ? va_arg(args, unsigned long)
					   : va_arg(args, unsigned),
				   *f == 'u' ? 10 : 16);
		else if (*f == 'p')
			put_pointer(&o, va_arg(args, const void *));
		else if (*f)
			put(&o, *f);
		else
			break;
	}
	if (size)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

size_t eg__format(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	len = eg__vformat(buf, size, format, args);
	va_end(args);
	return len;
}

void eg__log_set(eg__log_fn *fn, void *arg)
{
	log_arg = arg;
	log_fn = fn;
}

static void to_stderr(int level, const char *line)
{
	char out[544];
	size_t len;

	if (level < EG_LOG_WARNING)
		return;
	len = eg__format(out, sizeof(out), "evergreen: %s\n", line);
	if (len >= sizeof(out))
		len = sizeof(out) - 1;
	eg__raw_syscall(SYS_write, 2, (long)out, (long)len, 0, 0, 0);
}

void eg__log(int level, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	eg__vformat(line, sizeof(line), format, args);
	va_end(args);
	if (log_fn)
		log_fn(level, line, log_arg);
	else
		to_stderr(level, line);
}
