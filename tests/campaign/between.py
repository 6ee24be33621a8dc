"""A proxy before PostgreSQL that stands still, cuts, and keeps answers to itself."""
import asyncio
import socket
import struct
import threading

from ground import free_port

CHUNK = 1 << 16
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing says RST, and not FIN


class Connection:
    """One connection of flowd's to the server, of which it knows whose it is and how far an answer has come."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.role = None       # application_name of the first packet
        self.swallows = False  # the next answer that has changed something is kept, and both sides are cut
        self.rest = b""

    def read_role(self, packet):
        words = packet[8:].split(b"\0")
        names = dict(zip(words[::2], words[1::2]))
        self.role = names.get(b"application_name", b"").decode()

    def is_answer_to_a_change(self, data):
        """Whether a CommandComplete of a change is in it: messages are a letter, four bytes of length, and what they say."""
        data, found = self.rest + data, False
        while len(data) >= 5:
            length = 1 + struct.unpack(">I", data[1:5])[0]
            if len(data) < length:
                break
            if data[:1] == b"C" and data[5:length - 1].split(b" ")[0] in (b"SELECT", b"INSERT", b"UPDATE", b"DELETE", b"COMMIT"):
                found = True
            data = data[length:]
        self.rest = data
        return found

    def cut(self, reset=False):
        for stream in (self.client, self.server):
            sock = stream.get_extra_info("socket")
            if reset and sock is not None and sock.family == socket.AF_INET:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            stream.transport.abort() if reset else stream.close()
        self.proxy.connections.discard(self)


class Proxy:
    """Listens on a port of its own; what is done to it is done from other threads."""

    def __init__(self, folder):
        self.path = folder + "/.s.PGSQL.5432"
        self.port = free_port()
        self.connections = set()
        self.stands_still = False      # nothing goes through, either way
        self.refuses = False           # who comes is sent away
        self.swallowed = 0
        self.loop = asyncio.new_event_loop()
        self.flows = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        ready = threading.Event()
        self.loop.call_soon_threadsafe(ready.set)
        self.thread.start()
        ready.wait(10)

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.flows = asyncio.Event()
        self.flows.set()
        self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", self.port))
        self.loop.run_forever()

    def conninfo(self, database="flow", user="flow_dev"):
        return f"host=127.0.0.1 port={self.port} user={user} dbname={database} sslmode=disable gssencmode=disable"

    # ---- what goes through ----

    async def serve(self, reader, writer):
        if self.refuses:
            writer.close()
            return
        try:
            from_server, to_server = await asyncio.open_unix_connection(self.path)
        except OSError:
            writer.close()
            return
        connection = Connection(self, writer, to_server)
        self.connections.add(connection)
        try:
            await asyncio.gather(self.pump(reader, to_server, connection, False),
                                 self.pump(from_server, writer, connection, True))
        except asyncio.CancelledError:
            pass  # all is over
        connection.cut()

    async def pump(self, source, sink, connection, is_answer):
        try:
            while data := await source.read(CHUNK):
                await self.flows.wait()
                if not is_answer and connection.role is None:
                    connection.read_role(data)
                if is_answer and connection.is_answer_to_a_change(data) and connection.swallows:
                    self.swallowed += 1
                    connection.cut(reset=True)
                    return
                sink.write(data)
                await sink.drain()
            sink.write_eof()
        except (OSError, RuntimeError):
            connection.cut()

    # ---- what is done to it, from other threads ----

    def tell(self, what):
        """Does it in the proxy's own thread, and waits until it is done."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (what(), done.set()))
        done.wait(10)

    def stand_still(self):
        self.tell(lambda: self.flows.clear())

    def go_on(self):
        self.refuses = False
        self.tell(lambda: self.flows.set())

    def cut_all(self, reset):
        self.tell(lambda: [one.cut(reset) for one in list(self.connections)])

    def close_half(self):
        """The way to the server is closed on every connection; the way back is open."""
        def half():
            for one in list(self.connections):
                if not one.server.is_closing():
                    one.server.write_eof()
        self.tell(half)

    def wants_an_answer(self, role):
        """The next answer to a change on a connection of that role is kept. A connection that goes first has another one
        in its place: to be asked again."""
        living = [one for one in list(self.connections) if one.role == role]
        if living and not any(one.swallows for one in living):
            living[0].swallows = True

    def close(self):
        async def stop():
            tasks = asyncio.all_tasks(self.loop) - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.loop.stop()
        asyncio.run_coroutine_threadsafe(stop(), self.loop)
        self.thread.join(10)
