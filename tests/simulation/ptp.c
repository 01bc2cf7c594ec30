/* A PTP clock whose driver knows only gettime64, as Hyper-V's: the kernel's core reads it between readings of the machine's clock. */

#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ 1e-6 /* what a reading takes, each way */

static double clock_error, clock_changes;

static int is_clock(const char *path) { return !strncmp(path, "/dev/ptp", 8); }

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    int fd = syscall(SYS_openat, AT_FDCWD, is_clock(path) ? "/dev/null" : path, flags, mode);
    if (fd >= 0 && fd < FD_SETSIZE && is_clock(path))
        open_files[fd].is = CLOCK;
    return fd;
}

int __open_2(const char *path, int flags) { return open(path, flags); }

int ioctl(int fd, unsigned long request, ...)
{
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (fd < 0 || fd >= FD_SETSIZE || open_files[fd].is != CLOCK)
        return syscall(SYS_ioctl, fd, request, argument);
    if (request == PTP_CLOCK_GETCAPS) {
        memset(argument, 0, sizeof(struct ptp_clock_caps));
        return 0;
    }
    if (request != PTP_SYS_OFFSET || happens("lost", "clock", now) != 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    /* The host tells it the time every 5 seconds. */
    if (now >= clock_changes) {
        clock_changes = now + 5;
        clock_error = exponential(clock_jitter);
    }
    struct ptp_sys_offset *read = argument;
    for (unsigned i = 0; i < 2 * read->n_samples + 1; i++) {
        int is_own = i % 2 == 0;
        pass_until(now + READ + exponential(READ / 4));
        double seconds = is_own ? now + error : now - clock_error + happens("wrong", "clock", now);
        struct timespec exact = timespec_of(seconds);
        read->ts[i] = (struct ptp_clock_time){.sec = exact.tv_sec, .nsec = (uint32_t) exact.tv_nsec};
    }
    return 0;
}
