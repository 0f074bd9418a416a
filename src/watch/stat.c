/* SPDX-License-Identifier: MIT */
/*
 * Stat watchers: lstat(2) says what a path is, a timer or inotify(7) says when
 * to look. One inotify descriptor for all of a loop's; without one they poll.
 */
#include "watch/watch.h"

#include "base/log.h"
#include "base/sys.h"

#include <string.h>
#include <sys/inotify.h>

/* libev's: off the beat of what else happens each second. */
#define DEFAULT_INTERVAL INT64_C(5007489100)
#define MIN_INTERVAL INT64_C(107489100)

enum {
	/* Of a path longer than that no parent is watched. */
	PATH_BYTES = 4096,
	BUFFER_BYTES = 4096,
	WATCHED = IN_ATTRIB | IN_MODIFY | IN_CREATE | IN_DELETE |
		  IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF,
	/* Paths share a watch if they are links of one file. */
	ADD_FLAGS = IN_DONT_FOLLOW | IN_MASK_ADD,
	/* The path is not what is watched any longer. */
	GONE = IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF,
};

static eg_watch_stat *stat_of(eg_watcher *w)
{
	return eg_container_of(w, eg_watch_stat, watcher);
}

int eg_watch_stat_init(eg_watch_stat *stat, eg_watcher_fn *fn, const char *path,
		       int64_t interval)
{
	if (!stat || !path || interval < 0)
		return -EINVAL;
	*stat = (eg_watch_stat){ .path = path,
				 .interval = interval,
				 ._wd = -1 };
	eg__watcher_init(&stat->watcher, EG_WATCH_STAT, fn);
	return 0;
}

static void look(const char *path, struct stat *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (eg__sys_lstat(path, ret) < 0)
		memset(ret, 0, sizeof(*ret));
	else if (!ret->st_nlink)
		ret->st_nlink = 1; /* some file systems do not count */
}

int eg_watch_stat_update(eg_watch_stat *stat)
{
	if (!stat || !eg__watcher_is(&stat->watcher, EG_WATCH_STAT))
		return -EINVAL;
	look(stat->path, &stat->attr);
	return 0;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       !a->st_nlink == !b->st_nlink;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return is_same_file(a, b) && a->st_mode == b->st_mode &&
	       a->st_nlink == b->st_nlink && a->st_uid == b->st_uid &&
	       a->st_gid == b->st_gid && a->st_rdev == b->st_rdev &&
	       a->st_size == b->st_size &&
	       is_same_time(&a->st_atim, &b->st_atim) &&
	       is_same_time(&a->st_mtim, &b->st_mtim) &&
	       is_same_time(&a->st_ctim, &b->st_ctim);
}

/* inotify */

/* Of these it is known that inotify sees all that happens; of those that other
 * machines or the kernel itself change it does not. */
static bool is_local(const char *path)
{
	static const uint32_t local[] = {
		0xef53,	    /* ext2, ext3, ext4 */
		0x01021994, /* tmpfs */
		0x58465342, /* xfs */
		0x9123683e, /* btrfs */
		0xf2f52010, /* f2fs */
		0x858458f6, /* ramfs */
		0x2fc12fc1, /* zfs */
		0x4006,	    /* msdos, vfat */
		0x2011bab0, /* exfat */
		0x5346544e, /* ntfs */
		0x52654973, /* reiserfs */
		0x3153464a, /* jfs */
	};
	struct statfs fs = { 0 };

	if (eg__sys_statfs(path, &fs) < 0)
		return false;
	for (size_t i = 0; i < EG_ARRAY_LEN(local); i++)
		if ((uint32_t)fs.f_type == local[i])
			return true;
	return false;
}

static bool is_watched(const struct eg_loop *l, int wd)
{
	for (eg_watcher *w = l->stats.first; w; w = w->_next)
		if (stat_of(w)->_wd == wd)
			return true;
	return false;
}

/* A watch that the one who leaves it may have been the last to use. */
static void unwatch(struct eg_loop *l, int wd)
{
	if (wd >= 0 && !is_watched(l, wd))
		eg__sys_inotify_remove(l->inotify_fd, wd);
}

static int watch_parent(struct eg_loop *l, const char *path)
{
	char parent[PATH_BYTES];
	size_t len = strlen(path);
	char *slash;
	int wd;

	if (len >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, len + 1);
	do {
		slash = strrchr(parent, '/');
		if (!slash)
			return eg__sys_inotify_add(l->inotify_fd, ".",
						   WATCHED | ADD_FLAGS);
		if (slash == parent)
			return eg__sys_inotify_add(l->inotify_fd, "/",
						   WATCHED | ADD_FLAGS);
		*slash = '\0';
		wd = eg__sys_inotify_add(l->inotify_fd, parent,
					 WATCHED | IN_MASK_ADD);
	} while (wd == -ENOENT || wd == -EACCES || wd == -ENOTDIR);
	return wd;
}

static void set_timer(struct eg_loop *l, eg_watch_stat *s, bool is_needed)
{
	int64_t interval = s->interval ? s->interval : DEFAULT_INTERVAL;

	if (interval < MIN_INTERVAL)
		interval = MIN_INTERVAL;
	s->_timer.repeat = is_needed ? interval : 0;
	/* Into a structure that is there: it cannot fail. */
	eg_watch_timer_again(l, &s->_timer);
}

static void on_inotify(eg_loop *l, eg_watcher *w, int events);

static EG_COLD int refuse_inotify(int r)
{
	eg__log(EG_LOG_INFO, "stat watchers poll: inotify fails with %d", -r);
	return r;
}

/* At the first need; a failure is tried again by the next watcher. */
static int open_inotify(struct eg_loop *l)
{
	int fd, r;

	if (l->flags & EG_LOOP_NO_INOTIFY)
		return -ENOTSUP;
	if (l->inotify_fd >= 0)
		return 0;
	fd = eg__sys_inotify_init(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0)
		return refuse_inotify(fd);
	eg_watch_io_init(&l->inotify_io, on_inotify, fd, EG_READ);
	eg__watcher_make_internal(&l->inotify_io.watcher);
	r = eg__watcher_start(l, &l->inotify_io.watcher);
	if (r < 0) {
		eg__sys_close(fd);
		return refuse_inotify(r);
	}
	l->inotify_fd = fd;
	return 0;
}

/* What tells of the next change: inotify, the timer, or both. */
static void watch(struct eg_loop *l, eg_watch_stat *s)
{
	bool is_enough = false;
	int wd = open_inotify(l);

	if (wd == 0) {
		wd = eg__sys_inotify_add(l->inotify_fd, s->path,
					 WATCHED | ADD_FLAGS);
		if (wd >= 0)
			is_enough = is_local(s->path);
		else if (wd == -ENOENT || wd == -EACCES || wd == -ENOTDIR)
			wd = watch_parent(l, s->path);
		else
			refuse_inotify(wd);
	}
	s->_wd = wd < 0 ? -1 : wd;
	set_timer(l, s, !is_enough);
}

static void check(struct eg_loop *l, eg_watch_stat *s, bool is_gone)
{
	struct stat before = s->attr;
	int wd = s->_wd;

	look(s->path, &s->attr);
	/* Another file, or none, which may have got one more directory. Watched
	 * first, then looked at, so that nothing falls between. */
	if (is_gone || !s->attr.st_nlink || !is_same_file(&before, &s->attr)) {
		watch(l, s);
		if (wd != s->_wd)
			unwatch(l, wd);
		look(s->path, &s->attr);
	}
	if (is_same(&before, &s->attr))
		return;
	s->prev = before;
	eg__watch_feed(l, &s->watcher, EG_STAT);
}

static void on_timer(eg_loop *l, eg_watcher *w, int events)
{
	(void)events;
	check(l, eg_container_of(w, eg_watch_stat, _timer.watcher), false);
}

static void note(struct eg_loop *l, const struct inotify_event *e)
{
	for (eg_watcher *w = l->stats.first; w; w = w->_next) {
		eg_watch_stat *s = stat_of(w);

		/* -1: events were dropped, so everybody looks. */
		if (e->wd != -1 && s->_wd != e->wd)
			continue;
		s->_seen |= e->mask;
		/* The number may come again for another file. */
		if (e->mask & IN_IGNORED)
			s->_wd = -1;
	}
}

/* Each path is looked at once, however much was seen of it. */
static void check_seen(struct eg_loop *l)
{
	for (eg_watcher *w = l->stats.first; w; w = w->_next) {
		uint32_t seen = stat_of(w)->_seen;

		stat_of(w)->_seen = 0;
		if (seen)
			check(l, stat_of(w), seen & GONE);
	}
}

/* Another descriptor, or none, for all. */
static void begin_anew(struct eg_loop *l)
{
	eg__watch_stat_done(l);
	for (eg_watcher *w = l->stats.first; w; w = w->_next)
		stat_of(w)->_wd = -1;
	for (eg_watcher *w = l->stats.first; w; w = w->_next)
		check(l, stat_of(w), true);
}

/* What does not fit into the buffer is there in the next turn. */
static void on_inotify(eg_loop *l, eg_watcher *w, int events)
{
	/* Analyzers do not see the kernel write. */
	_Alignas(struct inotify_event) char buffer[BUFFER_BYTES] = { 0 };
	const struct inotify_event *e;
	ssize_t got;

	(void)w;
	if (events & EG_ERROR) {
		/* The backend has no room for it, and will have none. */
		refuse_inotify(-ENOSPC);
		l->flags |= EG_LOOP_NO_INOTIFY;
		begin_anew(l);
		return;
	}
	got = eg__sys_read(l->inotify_fd, buffer, sizeof(buffer));
	for (ssize_t at = 0; at < got; at += (ssize_t)(sizeof(*e) + e->len)) {
		e = (const void *)(buffer + at);
		note(l, e);
	}
	check_seen(l);
}

/* The watchers */

static int start_stat(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_stat *s = stat_of(w);

	s->_wd = -1;
	s->_seen = 0;
	eg_watch_timer_init(&s->_timer, on_timer, 0, 0);
	eg__watcher_make_internal(&s->_timer.watcher);
	eg__watch_list_add(&l->stats, w);
	watch(l, s);
	look(s->path, &s->attr);
	s->prev = s->attr;
	return 0;
}

static void stop_stat(struct eg_loop *l, eg_watcher *w)
{
	eg_watch_stat *s = stat_of(w);

	eg__watch_list_remove(&l->stats, w);
	unwatch(l, s->_wd);
	eg__watcher_stop(&s->_timer.watcher);
}

const struct eg_watch_kind_ops eg__watch_stat_ops = {
	.name = "stat",
	.start = start_stat,
	.stop = stop_stat,
};

void eg__watch_stat_done(struct eg_loop *l)
{
	if (l->inotify_fd < 0)
		return;
	eg__watcher_stop(&l->inotify_io.watcher);
	eg__sys_close(l->inotify_fd);
	l->inotify_fd = -1;
}

/* The parent reads the descriptor of before. */
void eg__watch_stat_after_fork(struct eg_loop *l)
{
	begin_anew(l);
}
