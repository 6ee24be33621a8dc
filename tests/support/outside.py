"""A system outside, over HTTP, that a test plays."""
import http.server
import json
import threading


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client):
        """flowd is gone: no matter."""


class Outside:
    """Answers what an adapter `over http` calls; who plays it says how: `answer(operation, arguments, attempt)`, from many threads
    at once, gives the status and what becomes the JSON of the body."""

    def __init__(self):
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(outside):
        class Handler(http.server.BaseHTTPRequestHandler):
            wbufsize = -1  # an answer is one write
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                arguments = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = outside.answer(self.path.rsplit("/", 1)[-1], arguments, int(self.headers["Flow-Attempt"]))
                body = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass
        return Handler

    def close(self):
        self.server.shutdown()
