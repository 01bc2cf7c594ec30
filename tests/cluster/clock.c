/* Preloaded into chronyd: a clock of its own for every machine of the bench, and time that passes faster. chronyd -x never
   sets the clock but keeps a correction beside it, and serves the corrected time; so with clocks that really differ it shows
   what it would do on machines of its own. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The moment at which the bench's time began, by the monotonic and by the real clock; then how many times as fast it runs,
   by how much this machine's clock is off, and what part of a second it gains in each. */
static double since, began, speed, offset, rate;

__attribute__((constructor)) static void read_environment(void)
{
    const char *names[] = {"BENCH_SINCE", "BENCH_BEGAN", "BENCH_SPEED", "BENCH_OFFSET", "BENCH_RATE"};
    double *values[] = {&since, &began, &speed, &offset, &rate};
    for (int i = 0; i < 5; i++)
        *values[i] = strtod(getenv(names[i]), NULL);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_REALTIME)
        return syscall(SYS_clock_gettime, clock, now);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, now);
    /* A double holds a time of day to a quarter of a microsecond only: what has passed is added apart. */
    double passed = (now->tv_sec - since + now->tv_nsec * 1e-9) * speed;
    double more = passed + offset + passed * rate, whole = floor(more);
    now->tv_sec = (time_t) (began + whole);
    now->tv_nsec = (long) ((more - whole) * 1e9);
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void) zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    return now ? (*now = exact.tv_sec) : exact.tv_sec;
}

/* What chronyd would sleep, in the time that passes faster. */
int select(int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed,
           struct timeval *restrict timeout)
{
    struct timespec rest = {0, 0};
    if (timeout) {
        double seconds = (timeout->tv_sec + timeout->tv_usec * 1e-6) / speed;
        rest.tv_sec = (time_t) seconds;
        rest.tv_nsec = (long) ((seconds - rest.tv_sec) * 1e9);
    }
    return pselect(count, readable, writable, failed, timeout ? &rest : NULL, NULL);
}

/* The kernel's time stamps are of the host's clock: chronyd takes its own where it gets none. */
int setsockopt(int socket, int level, int name, const void *value, socklen_t length)
{
    if (level == SOL_SOCKET && (name == SO_TIMESTAMP || name == SO_TIMESTAMPNS || name == SO_TIMESTAMPING)) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return syscall(SYS_setsockopt, socket, level, name, value, length);
}
