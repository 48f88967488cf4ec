"""Runs a command on a real PTY. Lines on stdin: {"type": text} {"bytes": [n, …]} {"signal": n} {"resize": [cols, rows]} {"echo": true}
(what a shell does to the terminal of a stopped job) {"hangup": true} (the terminal is closed); the output goes to stdout as JSON lines {"output": text},
the end as {"exit": code, "signal": n, "echo": bool, "canonical": bool} with the state in which the terminal was left."""
import fcntl, json, os, select, signal, struct, sys, termios

def size(fd, cols, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))

def say(**fields):
    sys.stdout.write(json.dumps(fields) + '\n')
    sys.stdout.flush()

master, slave = os.openpty()
size(slave, 100, 30)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.closerange(3, 256)
    os.execve(sys.argv[1], sys.argv[1:], dict(os.environ))

pending = b''
status = None
signal.signal(signal.SIGCHLD, lambda *_: None)
wakeup = os.pipe()
os.set_blocking(wakeup[1], False)
signal.set_wakeup_fd(wakeup[1])
inputs = [master, sys.stdin.fileno(), wakeup[0]]
while True:
    if status is None:
        done, code = os.waitpid(pid, os.WNOHANG)
        if done:
            status = code
    ready, _, _ = select.select(inputs, [], [], 0 if status is not None else None)
    if not ready and status is not None:
        break
    if wakeup[0] in ready:
        os.read(wakeup[0], 64)
    if master in ready:
        data = os.read(master, 65536)
        say(output=data.decode('utf-8', 'replace'))
    if sys.stdin.fileno() in ready:
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            inputs.remove(sys.stdin.fileno())
        pending += data
        while b'\n' in pending:
            line, pending = pending.split(b'\n', 1)
            command = json.loads(line)
            if 'type' in command:
                os.write(master, command['type'].encode())
            if 'bytes' in command:
                os.write(master, bytes(command['bytes']))
            if 'echo' in command:
                attributes = termios.tcgetattr(slave)
                attributes[3] |= termios.ECHO | termios.ICANON | termios.ISIG
                termios.tcsetattr(slave, termios.TCSANOW, attributes)
            if 'hangup' in command:
                inputs.remove(master)
                os.close(master)
            if 'signal' in command:
                os.kill(pid, command['signal'])
            if 'resize' in command:
                size(master, *command['resize'])
                os.kill(pid, signal.SIGWINCH)
try:
    flags = termios.tcgetattr(slave)[3]
except termios.error:
    flags = 0
say(exit=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
    signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
    echo=bool(flags & termios.ECHO), canonical=bool(flags & termios.ICANON))
