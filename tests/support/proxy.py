"""Stands between flowd and PostgreSQL: lets through, refuses, stands still, cuts, keeps the answer to a commit to itself."""
import os
import re
import socket
import struct
import threading
import time

from ground import free_port

CHUNK = 1 << 16
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing says RST, and not FIN


class Proxy:
    """`way` is what flowd connects to: a socket in `folder`, or a port of its own where none is given. What it does is said
    from any thread. `swallow` commits will be done without flowd hearing of it, `swallowed` have been. `is_pooler`: whoever
    connects is told of another backend than it gets. `connects`: the moments at which somebody came."""

    def __init__(self, conninfo, folder=None):
        words = dict(word.split("=", 1) for word in conninfo.split())
        self.target = os.path.join(words["host"], ".s.PGSQL." + words.get("port", "5432"))
        self.changed = threading.Condition()
        self.refuses, self.is_held = False, lambda role: False
        self.swallow = self.swallowed = 0
        self.is_pooler = False
        self.connects, self.all = [], set()
        if folder is None:
            port = free_port()
            self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
            words.update(host="127.0.0.1", port=str(port), sslmode="disable", gssencmode="disable")
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(os.path.join(folder, ".s.PGSQL.5432"))
            self.listener.listen(64)
            words.update(host=folder, port="5432")
        self.way = " ".join(f"{name}={value}" for name, value in words.items())
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connects.append(time.monotonic())
            server = socket.socket(socket.AF_UNIX)
            try:
                if self.refuses:
                    raise ConnectionRefusedError
                server.connect(self.target)
            except OSError:
                server.close()
                client.close()
                continue
            one = Connection(self, client, server)
            self.all.add(one)
            for work in (one.from_client, one.from_server):
                threading.Thread(target=one.guard, args=(work,), daemon=True).start()

    # ---- what it does ----

    def refuse(self):
        """Who comes is sent away, who is there is cut."""
        self.refuses = True
        self.cut()

    def hold(self, *roles):
        """Nothing goes through, either way, on connections of these roles; of none: on any."""
        self.is_held = lambda role: not roles or role in roles

    def go_on(self):
        self.refuses = False
        with self.changed:
            self.is_held = lambda role: False
            self.changed.notify_all()

    def cut(self, reset=False):
        for one in list(self.all):
            one.close(reset)

    def close_half(self):
        """The way to the server is closed on every connection; the way back is open."""
        for one in list(self.all):
            one.ignoring(one.server.shutdown, socket.SHUT_WR)

    def close(self):
        self.listener.close()
        self.cut()


class Connection:
    """One of flowd's to the server, of which it knows whose it is and how far question and answer have come."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.role, self.moves = "", False  # application_name; a statement that commits transitions has been bound
        self.syncs, self.readies = 0, -1  # each of its questions ends with one, each answer with the other; so does the greeting
        self.eats, self.failed = None, False  # which answer is kept; the commit was none
        self.is_closed = False

    def guard(self, work):
        self.ignoring(work)
        self.close()

    @staticmethod
    def ignoring(work, *words):
        try:
            work(*words)
        except OSError:
            pass

    def close(self, reset=False):
        with self.proxy.changed:
            self.is_closed = True
            self.proxy.changed.notify_all()
        self.proxy.all.discard(self)
        for one in (self.client, self.server):
            if reset and one.family == socket.AF_INET:
                self.ignoring(one.setsockopt, socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                self.ignoring(one.shutdown, socket.SHUT_RD)  # who reads lets go; FIN is not said
            else:
                self.ignoring(one.shutdown, socket.SHUT_RDWR)
            one.close()

    def wait_while_held(self):
        if self.proxy.is_held(self.role):
            with self.proxy.changed:
                self.proxy.changed.wait_for(lambda: self.is_closed or not self.proxy.is_held(self.role))

    @staticmethod
    def messages(buffer):
        """(kind, whole message), and what is left over, of a stream after its first packet."""
        found, at = [], 0
        while len(buffer) - at >= 5:
            end = at + struct.unpack("!I", buffer[at + 1:at + 5])[0] + 1
            if len(buffer) < end:
                break
            found.append((buffer[at:at + 1], buffer[at:end]))
            at = end
        return found, buffer[at:]

    # ---- what flowd says ----

    def from_client(self):
        buffer, is_first = b"", True
        while data := self.client.recv(CHUNK):
            self.wait_while_held()
            buffer += data
            if is_first and len(buffer) >= 4 and len(buffer) >= struct.unpack("!I", buffer[:4])[0]:
                n = struct.unpack("!I", buffer[:4])[0]
                self.role = self.role_of(buffer[8:n])
                buffer, is_first = buffer[n:], False
            if not is_first:
                found, buffer = self.messages(buffer)
                for kind, message in found:
                    self.hear_client(kind, message)
            self.server.sendall(data)

    @staticmethod
    def role_of(packet):
        words = packet.split(b"\0")
        return dict(zip(words[::2], words[1::2])).get(b"application_name", b"").decode()

    def hear_client(self, kind, message):
        if kind == b"B":
            self.moves |= re.match(rb"[^\0]*\0move\0", message[5:]) is not None
        elif kind in (b"S", b"Q"):
            self.syncs += 1
            with self.proxy.changed:
                if self.moves and self.eats is None and self.proxy.swallow > 0:
                    self.proxy.swallow -= 1
                    self.eats = self.syncs
            self.moves = False

    # ---- what the server says ----

    def from_server(self):
        buffer = b""
        while data := self.server.recv(CHUNK):
            self.wait_while_held()
            found, buffer = self.messages(buffer + data)
            self.client.sendall(b"".join(self.heard(kind, message) for kind, message in found))
            if self.readies == self.eats:
                with self.proxy.changed:
                    self.proxy.swallowed += not self.failed
                    self.proxy.swallow += self.failed
                return

    def heard(self, kind, message):
        """What flowd hears of it."""
        if kind == b"K" and self.proxy.is_pooler:
            message = message[:5] + struct.pack("!I", 1) + message[9:]
        is_kept = self.eats == self.readies + 1
        self.failed |= is_kept and kind == b"E"
        self.readies += kind == b"Z"
        return b"" if is_kept else message
