// Compares the constants of package internal.linux, which java.h has as macros, with a C library's
// headers. Only compiled: a difference is an error of the compiler, with the name of the constant.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/falloc.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/seccomp.h>

#include "java.h"

#define IS(CLASS, FIELD, VALUE) \
  _Static_assert((unsigned)(CLASS##_##FIELD) == (unsigned)(VALUE), #CLASS "." #FIELD " is " #VALUE)
#define SAME(CLASS, NAME) \
  _Static_assert((unsigned)(CLASS##_##NAME) == (unsigned)(NAME), #CLASS "." #NAME)
#define TRUE(FACT) _Static_assert(FACT, #FACT)

IS(Bell, SET_SIZE, sizeof(sigset_t));
SAME(Bell, SIG_UNBLOCK);
SAME(BootClock, CLOCK_BOOTTIME);

SAME(Epoll, EPOLLIN);
SAME(Epoll, EPOLLHUP);
SAME(Epoll, EPOLLET);
SAME(Epoll, EPOLL_CTL_ADD);
SAME(Epoll, EFD_NONBLOCK);
IS(Epoll, EVENT_SIZE, sizeof(struct epoll_event));
IS(Epoll, DATA_OFFSET, offsetof(struct epoll_event, data));

TRUE(offsetof(struct pollfd, events) == 4);
TRUE(offsetof(struct pollfd, revents) == 6);
SAME(Fifo, POLLIN);
SAME(Fifo, POLLOUT);
IS(Pidfd, POLLFD_SIZE, sizeof(struct pollfd));
SAME(Pidfd, POLLIN);

IS(FileLockLimit, RLIMIT_LOCKS, RLIMIT_LOCKS);
TRUE(sizeof(struct rlimit) == 16);
IS(ResourceLimits, PRIO_PROCESS, PRIO_PROCESS);
TRUE(RLIMIT_CPU == 0 && RLIMIT_FSIZE == 1 && RLIMIT_DATA == 2 && RLIMIT_STACK == 3);
TRUE(RLIMIT_CORE == 4 && RLIMIT_RSS == 5 && RLIMIT_NPROC == 6 && RLIMIT_NOFILE == 7);
TRUE(RLIMIT_MEMLOCK == 8 && RLIMIT_AS == 9 && RLIMIT_LOCKS == 10 && RLIMIT_SIGPENDING == 11);
TRUE(RLIMIT_MSGQUEUE == 12 && RLIMIT_NICE == 13 && RLIMIT_RTPRIO == 14 && RLIMIT_RTTIME == 15);

SAME(Hole, FALLOC_FL_KEEP_SIZE);
SAME(Hole, FALLOC_FL_PUNCH_HOLE);

SAME(LibC, O_RDONLY);
SAME(LibC, O_WRONLY);
SAME(LibC, O_RDWR);
SAME(LibC, O_NONBLOCK);
SAME(LibC, O_CREAT);
SAME(LibC, O_APPEND);
SAME(LibC, O_CLOEXEC);
IS(Descriptors, ACCESS_MODE, O_ACCMODE & 3); // musl has O_PATH in it
IS(Descriptors, WRITE_ONLY, O_WRONLY);
SAME(Outlet, F_SETFL);
SAME(PassedDescriptors, F_DUPFD_CLOEXEC);

SAME(ListenSocket, AF_UNIX);
SAME(ListenSocket, AF_INET);
SAME(ListenSocket, AF_INET6);
SAME(ListenSocket, SOCK_STREAM);
SAME(ListenSocket, SOCK_CLOEXEC);
SAME(ListenSocket, SOL_SOCKET);
SAME(ListenSocket, SO_REUSEADDR);
IS(ListenSocket, IN_SIZE, sizeof(struct sockaddr_in));
IS(ListenSocket, IN6_SIZE, sizeof(struct sockaddr_in6));
IS(ListenSocket, PORT, offsetof(struct sockaddr_in6, sin6_port));
TRUE(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port));
TRUE(offsetof(struct sockaddr_in6, sin6_scope_id) == 24);
IS(ListenSocket, LONGEST_PATH, sizeof(((struct sockaddr_un *)0)->sun_path) - 1);

SAME(NotifySocket, AF_UNIX);
SAME(NotifySocket, SOCK_DGRAM);
SAME(NotifySocket, SOCK_CLOEXEC);
SAME(NotifySocket, SOL_SOCKET);
SAME(NotifySocket, SO_PASSCRED);
SAME(NotifySocket, SCM_RIGHTS);
SAME(NotifySocket, SCM_CREDENTIALS);
SAME(NotifySocket, SHUT_RDWR);
SAME(NotifySocket, MSG_CMSG_CLOEXEC);
// Of 32 bits in musl, with 32 bits behind that are 0: the same on a processor that is little endian.
IS(NotifySocket, MSG_IOV, offsetof(struct msghdr, msg_iov));
IS(NotifySocket, MSG_IOVLEN, offsetof(struct msghdr, msg_iovlen));
IS(NotifySocket, MSG_CONTROL, offsetof(struct msghdr, msg_control));
IS(NotifySocket, MSG_CONTROLLEN, offsetof(struct msghdr, msg_controllen));
IS(NotifySocket, MSG_SIZE, sizeof(struct msghdr));
IS(NotifySocket, CMSG_LEVEL, offsetof(struct cmsghdr, cmsg_level));
IS(NotifySocket, CMSG_TYPE, offsetof(struct cmsghdr, cmsg_type));
IS(NotifySocket, CMSG_DATA, sizeof(struct cmsghdr));
TRUE(offsetof(struct iovec, iov_len) == 8);

IS(Pidfd, SYS_PIDFD_SEND_SIGNAL, SYS_pidfd_send_signal);
IS(Pidfd, SYS_PIDFD_OPEN, SYS_pidfd_open);

SAME(PosixSpawn, POSIX_SPAWN_SETSIGDEF);
SAME(PosixSpawn, POSIX_SPAWN_SETSIGMASK);
SAME(PosixSpawn, POSIX_SPAWN_SETSID);
TRUE(PosixSpawn_FILE_ACTIONS_SIZE >= sizeof(posix_spawn_file_actions_t));
TRUE(PosixSpawn_ATTRIBUTES_SIZE >= sizeof(posix_spawnattr_t));
IS(PosixSpawn, SIGSET_SIZE, sizeof(sigset_t));

SAME(PseudoTerminal, O_NOCTTY);
SAME(PseudoTerminal, EFD_NONBLOCK);
SAME(PseudoTerminal, EFD_CLOEXEC);
IS(PseudoTerminal, setWindowSize, TIOCSWINSZ);
TRUE(offsetof(struct winsize, ws_row) == 0 && offsetof(struct winsize, ws_col) == 2);
TRUE(sizeof(struct winsize) == 8);

IS(Ptrace, CONT, PTRACE_CONT);
IS(Ptrace, DETACH, PTRACE_DETACH);
IS(Ptrace, SYSCALL, PTRACE_SYSCALL);
IS(Ptrace, GETEVENTMSG, PTRACE_GETEVENTMSG);
IS(Ptrace, GETSIGINFO, PTRACE_GETSIGINFO);
IS(Ptrace, SEIZE, PTRACE_SEIZE);
IS(Ptrace, INTERRUPT, PTRACE_INTERRUPT);
IS(Ptrace, LISTEN, PTRACE_LISTEN);
IS(Ptrace, EVENT_FORK, PTRACE_EVENT_FORK);
IS(Ptrace, EVENT_VFORK, PTRACE_EVENT_VFORK);
IS(Ptrace, EVENT_CLONE, PTRACE_EVENT_CLONE);
IS(Ptrace, EVENT_EXEC, PTRACE_EVENT_EXEC);
IS(Ptrace, EVENT_EXIT, PTRACE_EVENT_EXIT);
IS(Ptrace, EVENT_SECCOMP, PTRACE_EVENT_SECCOMP);
IS(Ptrace, CALL, SIGTRAP | 0x80);
IS(Ptrace, OPTIONS,
   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
       PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL);
IS(Ptrace, OPTIONS_WITH_CALLS, Ptrace_OPTIONS | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP);
IS(Ptrace, SI_SIGNO, offsetof(siginfo_t, si_signo));
IS(Ptrace, TRAP, SIGTRAP);
SAME(Ptrace, CLD_CONTINUED);

IS(Reading, SYS_GETDENTS64, SYS_getdents64);
IS(Reading, ENTRY_LENGTH, offsetof(struct dirent, d_reclen)); // of 64 bits, as the kernel's
IS(Reading, ENTRY_NAME, offsetof(struct dirent, d_name));

SAME(SubreaperFlag, PR_SET_CHILD_SUBREAPER);
SAME(SubreaperFlag, PR_GET_CHILD_SUBREAPER);

IS(SystemCall, WAIT4, SYS_wait4);
IS(SystemCall, WAITID, SYS_waitid);
IS(SystemCall, FUTEX, SYS_futex);
SAME(SystemCall, FUTEX_WAIT_BITSET);
IS(SystemCall, FUTEX_COMMAND, FUTEX_CMD_MASK & 0xff);

IS(TracedWait, WNOTHREAD, 0x20000000); // __WNOTHREAD of linux/wait.h, which no library has in all
IS(TracedWait, WALL, 0x40000000);

SAME(Wait, P_ALL);
SAME(Wait, P_PID);
SAME(Wait, WNOHANG);
SAME(Wait, WSTOPPED);
SAME(Wait, WEXITED);
SAME(Wait, WNOWAIT);
SAME(Wait, CLD_EXITED);
SAME(Wait, CLD_KILLED);
SAME(Wait, CLD_DUMPED);
SAME(Wait, CLD_STOPPED);
IS(Wait, SIGINFO_SIZE, sizeof(siginfo_t));
IS(Wait, SI_CODE, offsetof(siginfo_t, si_code));
IS(Wait, SI_PID, offsetof(siginfo_t, si_pid));
IS(Wait, SI_UID, offsetof(siginfo_t, si_uid));
IS(Wait, SI_STATUS, offsetof(siginfo_t, si_status));
TRUE(sizeof(struct rusage) <= 512 && offsetof(struct rusage, ru_stime) == 16);
TRUE(offsetof(struct rusage, ru_maxrss) == 32);
IS(Procfs, SC_CLK_TCK, _SC_CLK_TCK);

SAME(Errno, EPERM);
SAME(Errno, ENOENT);
SAME(Errno, ESRCH);
SAME(Errno, EINTR);
SAME(Errno, EIO);
SAME(Errno, ENXIO);
SAME(Errno, ENOEXEC);
SAME(Errno, EBADF);
SAME(Errno, ECHILD);
SAME(Errno, EAGAIN);
SAME(Errno, ENOMEM);
SAME(Errno, EACCES);
SAME(Errno, EFAULT);
SAME(Errno, EINVAL);
SAME(Errno, ENFILE);
SAME(Errno, EMFILE);
SAME(Errno, ENOSPC);
SAME(Errno, ENOSYS);
SAME(Errno, EADDRINUSE);

SAME(SignalNumber, SIGHUP);
SAME(SignalNumber, SIGINT);
SAME(SignalNumber, SIGQUIT);
SAME(SignalNumber, SIGILL);
SAME(SignalNumber, SIGTRAP);
SAME(SignalNumber, SIGABRT);
SAME(SignalNumber, SIGBUS);
SAME(SignalNumber, SIGFPE);
SAME(SignalNumber, SIGKILL);
SAME(SignalNumber, SIGUSR1);
SAME(SignalNumber, SIGSEGV);
SAME(SignalNumber, SIGUSR2);
SAME(SignalNumber, SIGPIPE);
SAME(SignalNumber, SIGALRM);
SAME(SignalNumber, SIGTERM);
SAME(SignalNumber, SIGCHLD);
SAME(SignalNumber, SIGCONT);
SAME(SignalNumber, SIGSTOP);
SAME(SignalNumber, SIGTSTP);
SAME(SignalNumber, SIGTTIN);
SAME(SignalNumber, SIGTTOU);
SAME(SignalNumber, SIGURG);
SAME(SignalNumber, SIGXCPU);
SAME(SignalNumber, SIGXFSZ);
SAME(SignalNumber, SIGPROF);
SAME(SignalNumber, SIGWINCH);
SAME(SignalNumber, SIGIO);
SAME(SignalNumber, SIGPWR);
SAME(SignalNumber, SIGSYS);

#ifdef __x86_64__ // crash points are for it only
IS(CallFilter, LOAD, BPF_LD | BPF_W | BPF_ABS);
IS(CallFilter, AND, BPF_ALU | BPF_AND | BPF_K);
IS(CallFilter, EQUAL, BPF_JMP | BPF_JEQ | BPF_K);
IS(CallFilter, AT_LEAST, BPF_JMP | BPF_JGE | BPF_K);
IS(CallFilter, RETURN, BPF_RET | BPF_K);
IS(CallFilter, TRACE, SECCOMP_RET_TRACE);
IS(CallFilter, ALLOW, SECCOMP_RET_ALLOW);
IS(CallFilter, NUMBER, offsetof(struct seccomp_data, nr));
IS(CallFilter, ARCHITECTURE, offsetof(struct seccomp_data, arch));
IS(CallFilter, ARGUMENTS, offsetof(struct seccomp_data, args));
IS(CallFilter, INSTRUCTION_BYTES, sizeof(struct sock_filter));
IS(FilterInjection, SECCOMP, SYS_seccomp);
IS(FilterInjection, PRCTL, SYS_prctl);
IS(FilterInjection, SET_MODE_FILTER, SECCOMP_SET_MODE_FILTER);
IS(FilterInjection, SET_NO_NEW_PRIVS, PR_SET_NO_NEW_PRIVS);
IS(FilterInjection, HEADER_BYTES, sizeof(struct sock_fprog));
IS(StoppedCall, AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64);
IS(StoppedCall, EXIT, SYS_exit);
IS(StoppedCall, EXIT_GROUP, SYS_exit_group);
IS(Registers, BYTES, sizeof(struct user_regs_struct));
IS(Registers, RAX, offsetof(struct user_regs_struct, rax));
IS(Registers, RDX, offsetof(struct user_regs_struct, rdx));
IS(Registers, ORIG_RAX, offsetof(struct user_regs_struct, orig_rax));
IS(Registers, RIP, offsetof(struct user_regs_struct, rip));
IS(Registers, RSP, offsetof(struct user_regs_struct, rsp));
IS(FileCall, CREATES, O_CREAT);
IS(FileCall, TRUNCATES, O_TRUNC);
SAME(FileCall, PROT_WRITE);
SAME(FileCall, MAP_SHARED);
TRUE((FICLONE & FileCall_CLONES_BITS) == FileCall_CLONES);
TRUE((FICLONERANGE & FileCall_CLONES_BITS) == FileCall_CLONES);

// The number of each call in FileCall, by its name there.
#define call_write(N) ((N) == SYS_write)
#define call_pwrite(N) ((N) == SYS_pwrite64)
#define call_writev(N) ((N) == SYS_writev)
#define call_pwritev(N) ((N) == SYS_pwritev || (N) == SYS_pwritev2)
#define call_sendfile(N) ((N) == SYS_sendfile)
#define call_splice(N) ((N) == SYS_splice)
#define call_copy_file_range(N) ((N) == SYS_copy_file_range)
#define call_ftruncate(N) ((N) == SYS_ftruncate)
#define call_fallocate(N) ((N) == SYS_fallocate)
#define call_fsync(N) ((N) == SYS_fsync)
#define call_fdatasync(N) ((N) == SYS_fdatasync)
#define call_sync_file_range(N) ((N) == SYS_sync_file_range)
#define call_syncfs(N) ((N) == SYS_syncfs)
#define call_sync(N) ((N) == SYS_sync)
#define call_chmod(N) \
  ((N) == SYS_chmod || (N) == SYS_fchmod || (N) == SYS_fchmodat || (N) == 452 /* fchmodat2 */)
#define call_chown(N) \
  ((N) == SYS_chown || (N) == SYS_fchown || (N) == SYS_lchown || (N) == SYS_fchownat)
#define call_setxattr(N) \
  ((N) == SYS_setxattr || (N) == SYS_lsetxattr || (N) == SYS_fsetxattr || (N) == 463 /* at */)
#define call_removexattr(N) \
  ((N) == SYS_removexattr || (N) == SYS_lremovexattr || (N) == SYS_fremovexattr || \
   (N) == 466 /* at */)
#define call_open(N) \
  ((N) == SYS_open || (N) == SYS_openat || (N) == SYS_openat2 || (N) == SYS_creat)
#define call_rename(N) ((N) == SYS_rename || (N) == SYS_renameat || (N) == SYS_renameat2)
#define call_link(N) ((N) == SYS_link || (N) == SYS_linkat)
#define call_symlink(N) ((N) == SYS_symlink || (N) == SYS_symlinkat)
#define call_unlink(N) ((N) == SYS_unlink || (N) == SYS_unlinkat)
#define call_rmdir(N) ((N) == SYS_rmdir)
#define call_mkdir(N) ((N) == SYS_mkdir || (N) == SYS_mkdirat)
#define call_mknod(N) ((N) == SYS_mknod || (N) == SYS_mknodat)
#define call_truncate(N) ((N) == SYS_truncate)
#define call_mmap(N) ((N) == SYS_mmap)
#define call_clone(N) ((N) == SYS_ioctl)
#define call_msync(N) ((N) == SYS_msync)
#define call_bind(N) ((N) == SYS_bind)
#define call_io_submit(N) ((N) == SYS_io_submit)
#define call_io_uring_setup(N) ((N) == SYS_io_uring_setup)
#define FILE_CALL(NUMBER, NAME) _Static_assert(call_##NAME(NUMBER), "FileCall " #NAME)
FILE_CALLS
#endif
