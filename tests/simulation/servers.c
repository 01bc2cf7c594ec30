/* The time servers of the world, at the other end of chronyd's UDP sockets. */

#include "world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NTP_EPOCH 2208988800u
#define HANDED_OVER 15e-6 /* from a packet's arrival until the process has it */

static struct packet { int fd; double arrives; uint8_t bytes[48]; } packets[MOST];
static int packet_count;

double next_arrival(int count, const fd_set *readable, double until, int *fd)
{
    for (struct packet *one = packets; one < packets + packet_count; one++)
        if (one->fd < count && readable && FD_ISSET(one->fd, readable) && one->arrives + HANDED_OVER < until) {
            until = one->arrives + HANDED_OVER;
            *fd = one->fd;
        }
    return until;
}

/* The kernel's time stamps are of the host's clock: chronyd takes its own where it gets none. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    if (level == SOL_SOCKET && (name == SO_TIMESTAMP || name == SO_TIMESTAMPNS || name == SO_TIMESTAMPING)) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return syscall(SYS_setsockopt, fd, level, name, value, size);
}

int connect(int fd, const struct sockaddr *to, socklen_t size)
{
    const struct sockaddr_in *at = (const void *) to;
    (void) size;
    for (int i = 0; i < server_count && to->sa_family == AF_INET; i++)
        if (at->sin_addr.s_addr == servers[i].at.sin_addr.s_addr) {
            servers[i].at = *at;
            open_files[fd].is = SOCKET;
            open_files[fd].server = i;
            return 0;
        }
    errno = ENETUNREACH;
    return -1;
}

void forget(int fd)
{
    for (int i = packet_count - 1; i >= 0; i--)
        if (packets[i].fd == fd)
            packets[i] = packets[--packet_count];
}

int close(int fd)
{
    if (fd >= 0 && fd < FD_SETSIZE) {
        open_files[fd].is = HOSTS;
        forget(fd);
    }
    return syscall(SYS_close, fd);
}

static void put_time(uint8_t *out, double seconds)
{
    double whole = floor(seconds);
    uint32_t words[2] = {htonl((uint32_t) (BEGAN + NTP_EPOCH + (int64_t) whole)),
                         htonl((uint32_t) ((seconds - whole) * 4294967296.0))};
    memcpy(out, words, 8);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    const struct iovec *sent = message->msg_iov;
    (void) flags;
    if (fd < 0 || fd >= FD_SETSIZE || open_files[fd].is != SOCKET || sent->iov_len < 48 || packet_count == MOST) {
        errno = ENETUNREACH;
        return -1;
    }
    struct place *server = &servers[open_files[fd].server];
    double up = server->delay + exponential(server->jitter) + happens("queue", server->name, now);
    double down = server->delay + exponential(server->jitter);
    if (happens("lost", server->name, now) == 0) {
        struct packet *answer = &packets[packet_count++];
        double told = now + up + happens("wrong", server->name, now);
        *answer = (struct packet){.fd = fd, .arrives = now + up + down};
        const uint8_t *asked = sent->iov_base;
        /* Version 4, a server's; of stratum 1, with a root dispersion of 0.1 ms. */
        const uint8_t head[] = {0x24, 1, asked[2], (uint8_t) -23, 0, 0, 0, 0, 0, 0, 0, 7, 'S', 'I', 'M', 0};
        memcpy(answer->bytes, head, sizeof head);
        put_time(answer->bytes + 16, told - 1);
        memcpy(answer->bytes + 24, asked + 40, 8);
        put_time(answer->bytes + 32, told);
        put_time(answer->bytes + 40, told);
    }
    return sent->iov_len;
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    (void) timeout;
    for (int i = 0; i < packet_count && count && !(flags & MSG_ERRQUEUE); i++)
        if (packets[i].fd == fd && packets[i].arrives <= now) {
            struct msghdr *message = &messages->msg_hdr;
            memcpy(message->msg_iov->iov_base, packets[i].bytes, 48);
            memcpy(message->msg_name, &servers[open_files[fd].server].at, sizeof(struct sockaddr_in));
            message->msg_namelen = sizeof(struct sockaddr_in);
            message->msg_controllen = 0;
            message->msg_flags = 0;
            messages->msg_len = 48;
            packets[i] = packets[--packet_count];
            return 1;
        }
    errno = EAGAIN;
    return -1;
}
