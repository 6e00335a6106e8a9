"""CPython's own tests of http.server, with our conformance handlers at the other
end: the same assertions, the same http.client, another server.

Arguments: the ports of `base`, `socketless` and `rejecting`.
"""

import http.client
import json
import socket
import sys
import unittest
from http import HTTPStatus
from test import test_httpservers

HOST = "127.0.0.1"
BASE, SOCKETLESS, REJECTING = (int(port) for port in sys.argv[1:])


class Base(test_httpservers.BaseHTTPServerTestCase):
    def setUp(self):
        self.HOST, self.PORT = HOST, BASE
        self.con = http.client.HTTPConnection(HOST, BASE, timeout=20)
        self.con.connect()

    def tearDown(self):
        self.con.close()


def converse(port, message):
    with socket.create_connection((HOST, port), timeout=20) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return answer.read()


class Handler:
    """What the tests look at in a handler object, as ECHO shows it."""

    def __init__(self, port):
        self.port = port

    def ask(self, message):
        answer = converse(self.port, message)
        self.get_called = answer.endswith(b"<html><body>Data</body></html>\r\n")
        # Of a refused request, this much is what the client sent.
        self.requestline = message.split(b"\r\n")[0].decode("latin-1")
        if self.get_called and not message.endswith(b" HTTP/0.9\r\n\r\n"):
            echo = converse(self.port, message.replace(b"GET", b"ECHO", 1))
            attributes = json.loads(echo.rpartition(b"\r\n\r\n")[2])
            self.requestline = attributes["requestline"].replace("ECHO", "GET", 1)
            self.command = attributes["command"].replace("ECHO", "GET", 1)
            self.path = attributes["path"]
            self.request_version = attributes["request_version"]
            items = [tuple(item) for item in attributes["headers"]]
            self.headers = http.client.HTTPMessage()
            for name, value in items:
                self.headers[name] = value
        return answer.splitlines(keepends=True)


class Socketless(test_httpservers.BaseHTTPRequestHandlerTestCase):
    def setUp(self):
        self.handler = Handler(SOCKETLESS)

    def send_typical_request(self, message):
        return self.handler.ask(message)


test_httpservers.RejectingSocketlessRequestHandler = lambda: Handler(REJECTING)

# These call methods of the handler object, or count its writes: the SDK's own
# tests have them, in guest/sdk/tests/overriding.
IN_PROCESS = [
    "test_close_connection",
    "test_date_time_string",
    "test_header_buffering_of_send_error",
    "test_header_buffering_of_send_header",
    "test_header_buffering_of_send_response_only",
    "test_header_unbuffered_when_continue",
    "test_unprintable_not_logged",
]
for name in IN_PROCESS:
    setattr(Socketless, name, None)
if HTTPStatus(414).phrase != "URI Too Long":
    # Python 3.13 took over RFC 9110's phrase, and so do we.
    Socketless.test_request_length = None

loader = unittest.TestLoader()
suite = unittest.TestSuite(map(loader.loadTestsFromTestCase, [Base, Socketless]))
result = unittest.TextTestRunner().run(suite)
sys.exit(not result.wasSuccessful() or result.testsRun < 30)
