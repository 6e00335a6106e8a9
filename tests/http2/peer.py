"""A client of HTTP/2 that sends exactly the frames it is told to: hyperframe makes them,
and hpack the header blocks. What a test asks of it comes below this."""

import socket
import sys

import hpack
from hyperframe.frame import (
    ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, PriorityFrame,
    PushPromiseFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PORT = int(sys.argv[1])
PATIENCE = 20
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR = 4, 5, 6
REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 7, 8, 9, 11


class Gone(Exception):
    """The server has ended the connection; `code` is of its GOAWAY, if there was one."""

    def __init__(self, code):
        super().__init__(f"gone with {code}")
        self.code = code


class Peer:
    def __init__(self, settings=None, greet=True, acknowledge=True, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", PORT))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.received = b""
        self.acknowledge = acknowledge
        self.goaway = None
        if greet:
            self.raw(PREFACE)
            self.send(SettingsFrame(0, settings=settings or {}))

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise Gone(self.last_words()) from None

    def send(self, *frames):
        self.raw(b"".join(frame.serialize() for frame in frames))

    def block(self, *fields, path="/hello.txt", method="GET", authority="test", scheme="http"):
        pseudo = [(":method", method), (":scheme", scheme), (":path", path), (":authority", authority)]
        return self.encoder.encode([(n, v) for n, v in pseudo if v is not None] + list(fields))

    def request(self, stream, *fields, end=True, **pseudo):
        flags = ["END_HEADERS"] + (["END_STREAM"] if end else [])
        self.send(HeadersFrame(stream, self.block(*fields, **pseudo), flags=flags))

    def frame(self):
        """The next frame, or an exception."""
        while True:
            if len(self.received) >= 9:
                frame, length = Frame.parse_frame_header(memoryview(self.received[:9]))
                if len(self.received) >= 9 + length:
                    frame.parse_body(memoryview(self.received[9:9 + length]))
                    self.received = self.received[9 + length:]
                    if isinstance(frame, GoAwayFrame):
                        self.goaway = frame
                    if isinstance(frame, HeadersFrame):
                        # Each has to be read, for the next to be understood.
                        frame.fields = self.decoder.decode(frame.data)
                    return frame
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Gone(self.goaway.error_code if self.goaway else None)
            self.received += data

    def last_words(self):
        try:
            while True:
                self.frame()
        except Gone as gone:
            return gone.code

    def ended(self):
        """The code with which the server ends the connection, whatever comes before."""
        return self.last_words()

    def response(self, stream):
        """Status, fields, content and trailers; or the code of a reset."""
        heads, content = [], b""
        while True:
            frame = self.frame()
            if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags and self.acknowledge:
                self.send(SettingsFrame(0, flags=["ACK"]))
            if isinstance(frame, GoAwayFrame) and frame.error_code != NO_ERROR:
                raise Gone(frame.error_code)
            if isinstance(frame, HeadersFrame) and frame.stream_id == stream:
                heads.append(frame.fields)
            if frame.stream_id != stream:
                continue
            if isinstance(frame, RstStreamFrame):
                return Reset(frame.error_code)
            if isinstance(frame, DataFrame):
                content += frame.data
                if frame.data:
                    self.send(WindowUpdateFrame(0, window_increment=len(frame.data)))
            if "END_STREAM" in frame.flags:
                return Response(heads, content)

    def get(self, stream, path="/hello.txt"):
        self.request(stream, path=path)
        return self.response(stream)


class Reset:
    def __init__(self, code):
        self.code, self.status = code, None

    def __repr__(self):
        return f"reset with {self.code}"


class Response:
    def __init__(self, heads, content):
        finals = [h for h in heads if not dict(h).get(":status", "200").startswith("1")]
        self.interim = [dict(h)[":status"] for h in heads if h not in finals]
        self.fields = dict(finals[0])
        self.status = int(self.fields[":status"])
        self.trailers = dict(finals[1]) if len(finals) > 1 else {}
        self.content = content
        self.code = None

    def __repr__(self):
        return f"{self.status} {self.content[:60]!r}"


def equal(what, found, *wanted):
    assert found in wanted, f"{what}: {found!r} instead of {wanted!r}"


def others_are_served():
    peer = Peer()
    equal("another client", peer.get(1).content, b"hello, world\n")
