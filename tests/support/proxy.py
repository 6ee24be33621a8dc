"""Stands between flowd and PostgreSQL, on a Unix socket: lets through, refuses, stands still, swallows the reply to a commit."""
import os
import socket
import struct
import threading
import time


class Proxy:
    """`way` is what flowd connects to. `mode`: pass, refuse (whoever comes is turned away) or hold (nothing is let
    through on connections of the roles in `held`). `swallow` commits will be done without flowd hearing of it. `is_pooler`:
    whoever connects is told of another backend than it gets."""

    def __init__(self, conninfo, folder):
        words = dict(word.split("=", 1) for word in conninfo.split())
        self.target = os.path.join(words["host"], ".s.PGSQL." + words.get("port", "5432"))
        self.way = " ".join(f"{k}={v}" for k, v in {**words, "host": folder, "port": "5432"}.items())
        self.mode, self.held = "pass", ()
        self.swallow, self.swallowed = 0, 0
        self.is_pooler = False
        self.connects = []
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(folder, ".s.PGSQL.5432"))
        self.listener.listen(64)
        self.all = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connects.append(time.monotonic())
            if self.mode == "refuse":
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            one = Connection(self, client, server)
            self.all.add(one)
            for work in (one.from_client, one.from_server):
                threading.Thread(target=one.guard, args=(work,), daemon=True).start()

    def cut(self):
        for one in list(self.all):
            one.close()

    def close(self):
        self.listener.close()
        self.cut()


class Connection:
    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.role, self.moves = "", False
        self.syncs, self.readies, self.eats = 0, 0, None
        self.failed = False

    def guard(self, work):
        try:
            work()
        except OSError:
            pass
        self.close()

    def close(self):
        self.proxy.all.discard(self)
        for one in (self.client, self.server):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def wait_while_held(self):
        while self.proxy.mode == "hold" and self.role in self.proxy.held:
            time.sleep(0.02)

    @staticmethod
    def messages(buffer):
        """(kind, whole message), and what is left over, of a stream after its first packet."""
        found = []
        while len(buffer) >= 5:
            n = struct.unpack("!I", buffer[1:5])[0] + 1
            if len(buffer) < n:
                break
            found.append((buffer[:1], buffer[:n]))
            buffer = buffer[n:]
        return found, buffer

    def from_client(self):
        buffer, is_first = b"", True
        while True:
            data = self.client.recv(65536)
            if not data:
                return
            self.wait_while_held()
            buffer += data
            if is_first and len(buffer) >= 4 and len(buffer) >= struct.unpack("!I", buffer[:4])[0]:
                n = struct.unpack("!I", buffer[:4])[0]
                words = buffer[8:n].split(b"\0")
                self.role = dict(zip(words[::2], words[1::2])).get(b"application_name", b"").decode()
                buffer, is_first = buffer[n:], False
            if not is_first:
                found, buffer = self.messages(buffer)
                for kind, message in found:
                    self.hear_client(kind, message)
            self.server.sendall(data)

    def hear_client(self, kind, message):
        if kind == b"B":
            self.moves |= message[5:].split(b"\0")[1] == b"move"
        elif kind == b"S":
            self.syncs += 1
            with self.proxy.lock:
                if self.moves and self.eats is None and self.proxy.swallow > 0:
                    self.proxy.swallow -= 1
                    self.eats = self.syncs
            self.moves = False

    def from_server(self):
        buffer = b""
        while True:
            data = self.server.recv(65536)
            if not data:
                return
            self.wait_while_held()
            buffer += data
            found, buffer = self.messages(buffer)
            for kind, message in found:
                if kind == b"K" and self.proxy.is_pooler:
                    message = message[:5] + struct.pack("!I", 1) + message[9:]
                if self.eats == self.readies + 1:  # of the commit that is to go unheard
                    self.failed |= kind == b"E"
                else:
                    self.client.sendall(message)
                self.readies += kind == b"Z"
                if self.readies == self.eats:
                    with self.proxy.lock:
                        self.proxy.swallowed += not self.failed
                        self.proxy.swallow += self.failed
                    return
