/* What the parts of the world share: world.c has the description and the time, servers.c the time servers, ptp.c the PTP clock. */

#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdint.h>
#include <sys/select.h>
#include <time.h>

#define BEGAN 1800000000 /* when chronyd starts, by the true time: 2027 */
#define MOST 64

/* What is preloaded must not take the place of a function of chronyd's or of its libraries by chance. */
#pragma GCC visibility push(hidden)

struct place { char name[32]; struct sockaddr_in at; double delay, jitter; };

extern struct place servers[MOST];
extern int server_count;

/* What a descriptor is, where it is one of this world's. */
extern struct file { enum { HOSTS, SOCKET, CLOCK } is; int server; } open_files[FD_SETSIZE];

/* True seconds since chronyd's start, and by how much this machine's clock is ahead of them. */
extern double now, error;
/* The mean of the PTP clock's error, in seconds. */
extern double clock_jitter;

double uniform(void);
double exponential(double mean);
double happens(const char *kind, const char *who, double at);
void pass_until(double then);
struct timespec timespec_of(double seconds);

/* When the first packet arrives at one of these sockets; `until` where none does before it. Sets the socket. */
double next_arrival(int count, const fd_set *readable, double until, int *fd);
/* Drops what is under way to a socket. */
void forget(int fd);

#pragma GCC visibility pop
