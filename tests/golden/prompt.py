#!/usr/bin/env python3
"""`flowc simulate` at a real terminal: it prompts, completes with the tab, remembers a line, and ends with ^D."""
import os
import pty
import select
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
flowc = os.path.abspath(os.environ.get("top_builddir", ".") + "/flowc")
passed = failed = 0
seen = b""


def check(sentence, is_so):
    global passed, failed
    passed, failed = passed + is_so, failed + (not is_so)
    print(f"ok   {sentence}" if is_so else f"FAIL {sentence}\n     it shows {seen[-400:]!r}", flush=True)


def shows(what, seconds=30):
    """Reads on until `what` has come since the last key; False: not within that time."""
    global seen
    until = time.monotonic() + seconds
    while what not in seen and time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 4096)
            except OSError:  # the other side has gone
                break
    return what in seen


def press(keys):
    global seen
    seen = b""
    os.write(terminal, keys)


child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = "xterm"
    os.execv(flowc, [flowc, "simulate", "--color", "never", here + "/simulate/small.flow"])
check("it prompts", shows(b"> "))
press(b"hist\t")
check("a tab completes a command", shows(b"ory"))
press(b"\x15frobnicate\r")
check("a line taken back is not sent; a wrong one is answered", shows(b"`frobnicate` is nothing that can be said"))
press(b"\x1b[A")
check("the line before is remembered", shows(b"frobnicate"))
press(b"\x15\x04")
end = time.monotonic() + 30
gone, status = 0, 0
while gone == 0 and time.monotonic() < end:
    shows(b"\0", 0.2)
    gone, status = os.waitpid(child, os.WNOHANG)
if gone == 0:
    os.kill(child, 9)
check("it ends with ^D, and with 0", gone == child and status == 0)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
