/* The chronyd of a tree that a stranger made: it tries what only the builder may do, and tells how far it came. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

extern char **environ;

static void tell(const char *what, long done) { printf("%s=%s; ", what, done < 0 ? strerror(errno) : "yes"); }

static void list(const char *what, const char *path) {
    DIR *directory = opendir(path);
    printf("%s=", what);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (entry->d_name[0] != '.') printf("%s ", entry->d_name);
    printf("; ");
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "-v")) return 0;
    printf("uid=%d %d; gid=%d %d; groups=%d; ", getuid(), geteuid(), getgid(), getegid(), getgroups(0, NULL));
    printf("environment=%s; ", *environ ? *environ : "");
    printf("descriptors=");
    for (int fd = 0; fd < 4096; fd++) if (fcntl(fd, F_GETFD) >= 0) printf("%d ", fd);
    char byte;
    printf("; stdin=%zd; ", read(0, &byte, 1));
    int capabilities = 0;
    for (int capability = 0; capability < 64; capability++)
        capabilities += prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
    printf("capabilities=%d; no new privileges=%d; ", capabilities, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    tell("become root", setuid(0));
    tell("leave by chroot", chroot("/etc"));
    tell("mount", mount("none", "/etc", "tmpfs", 0, ""));
    tell("a user namespace", unshare(CLONE_NEWUSER));
    tell("write", open("/open/file", O_CREAT | O_WRONLY, 0600));
    tell("make a device", mknod("/open/device", S_IFCHR | 0666, makedev(1, 5)));
    tell("open a device", open("/device", O_RDONLY));
    tell("signal others", kill(-1, 0));
    /* Not PTRACE_ATTACH, which would leave a builder's process stopped. */
    for (int pid = 2; pid < 4096; pid++) if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) printf("traced=%d; ", pid);
    for (int i = 0; i < 64; i++) if (chdir("..")) return 1;
    list("above", ".");
    list("processes", "/proc");
    puts("the end");
    return 1;
}
