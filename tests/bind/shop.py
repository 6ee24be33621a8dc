"""A shop with a REST interface of its own making: shop.py PORT. GET /seen tells what it was asked."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

seen = []
answered = {}


def place(order, key):
    """What it answers depends on who buys, and on whether it was asked before."""
    again = key in answered
    answered[key] = True
    number = "SO/%s a" % order["reference"]
    good = {"order": {"number": number, "total": "12.50", "ships": None, "lines": order["orderLines"]}}
    buyer = order["buyer"]["id"]
    return {
        "broke": (422, {"error": {"code": "CB", "limit": 99.5}}),
        "late": (409, {"error": {"code": "OUT", "item": order["orderLines"][0]["item"]}}),
        "polite": (200, {"ok": False, "error": {"code": "SO", "item": "P-9"}}),
        "vague": (201, good) if again else (201, {"order": {"number": number}}),
        "garbled": (201, good) if again else (201, "no JSON"),
        "shaky": (201, good) if again else (500, {"error": {"code": "CB", "limit": 1}}),
        "busy": (201, good) if again else (503, {"error": {"code": "CB", "limit": 1}}),
        "strange": (400, {"error": {"code": "E17"}, "message": "the buyer is not known"}),
    }.get(buyer, (201, good))


def product(sku):
    whole = {"id": sku, "name": "Bolt", "names": {"en": "A bolt"}, "price": {"value": 12.5, "currency": "USD"}}
    return {
        "GONE": (404, {"message": "no"}),
        "PLAIN": (200, {**whole, "names": {}, "stock": 7}),
        "ODD": (200, {**whole, "price": {"value": "dear", "currency": "USD"}}),
    }.get(sku, (200, whole))


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        n = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(n).decode()
        path = self.path.split("?")[0]
        if self.path == "/seen":
            return self.say(200, seen)
        seen.append({"method": self.command, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body})
        if path.startswith("/api/products/"):
            return self.say(*product(path.split("/")[-1]))
        if path == "/api/orders":
            return self.say(*place(json.loads(body), self.headers["Idempotency-Key"]))
        return self.say(204, None)

    def say(self, status, what):
        text = b"" if what is None else (what if what == "no JSON" else json.dumps(what)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
