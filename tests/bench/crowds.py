#!/usr/bin/env python3
"""How a neighbour fares while a crowd of clients makes a server wait.

    tests/bench/crowds.py 127.0.0.1:8000 /small.txt --big /big.bin
    tests/bench/crowds.py 127.0.0.1:8000 / --post /     # a handler that reads content

The neighbour makes a request each 20 ms, on a new connection each time: first by
itself, then while so many connections of another client (127.0.0.1; the neighbour is
127.0.0.2) make an attack. For each attack: requests that failed, p50 and p99 in
milliseconds, and the same without the attack. What it shows for another server says
as much: run it for both in turns.
"""

import argparse
import multiprocessing
import resource
import select
import socket
import statistics
import time

ATTACKS = {
    "unsent": "GET {small} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n",
    "unsent-chunked": "GET {small} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    "ranges": "GET {big} HTTP/1.1\r\nHost: h\r\nRange: bytes=0-49999999,50000001-99999999\r\n\r\n",
    "dripping": "GET {small} HTTP/1.1\r\nHost: h\r\nX: ",
    "post": "POST {post} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n",
    "silent": "",
    "half": "GET {small} HTTP/1.1\r\nHost: h\r\nX: " + "y" * 30000,
    "listing": "GET {listing} HTTP/1.1\r\nHost: h\r\n\r\n",
    "sleep": "GET {sleep} HTTP/1.1\r\nHost: h\r\n\r\n",
}


def connect(server, source=None):
    client = socket.socket()
    if source:
        client.bind((source, 0))
    client.settimeout(10)
    client.connect(server)
    return client


def attack(server, request, connections, drips, ready, over):
    """Keeps so many connections, and makes those anew that the server has ended."""
    crowd = {}
    poll = select.poll()

    def join():
        try:
            client = connect(server)
            client.sendall(request)
        except OSError:
            return
        crowd[client.fileno()] = client
        # Not for what there is to read: it is left.
        poll.register(client.fileno(), select.POLLRDHUP)

    for _ in range(connections):
        join()
    ready.set()
    while not over.is_set():
        for descriptor, _ in poll.poll(150):
            poll.unregister(descriptor)
            crowd.pop(descriptor).close()
        if drips:
            time.sleep(0.15)
            for client in crowd.values():
                try:
                    client.send(b"y")
                except OSError:
                    pass
        for _ in range(min(100, connections - len(crowd))):
            join()


def ask(server, request, source):
    """Milliseconds that a request takes, or None if it fails."""
    begun = time.monotonic()
    try:
        with connect(server, source) as client:
            client.sendall(request)
            answer = b""
            while received := client.recv(65536):
                answer += received
    except OSError:
        return None
    if not answer.startswith(b"HTTP/1.1 200"):
        return None
    return (time.monotonic() - begun) * 1000


def probe(server, request, source, seconds):
    times = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        times.append(ask(server, request, source))
        time.sleep(max(0, begun + 0.02 - time.monotonic()))
    good = sorted(taken for taken in times if taken is not None)
    failed = len(times) - len(good)
    if len(good) < 2:
        return f"{failed} of {len(times)} failed"
    p99 = good[min(len(good) - 1, int(len(good) * 0.99))]
    return f"{failed} of {len(times)} failed, p50 {statistics.median(good):.1f}, p99 {p99:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("small", help="what the neighbour asks for")
    parser.add_argument("--big", help="a file of more than 100 MB")
    parser.add_argument("--post", help="what reads content")
    parser.add_argument("--listing", help="a directory of many entries")
    parser.add_argument("--sleep", help="what takes long")
    parser.add_argument("--only", help="some of " + ",".join(ATTACKS))
    parser.add_argument("--connections", type=int, default=1100)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--same-address", action="store_true", help="the neighbour has the crowd's address")
    options = parser.parse_args()
    host, port = options.server.rsplit(":", 1)
    server = (host, int(port))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    source = None if options.same_address else "127.0.0.2"
    request = f"GET {options.small} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode()
    print(f"quiet: {probe(server, request, source, options.seconds / 2)}")
    wanted = options.only.split(",") if options.only else ATTACKS
    for name in wanted:
        try:
            message = ATTACKS[name].format(**{key: value for key, value in vars(options).items() if value})
        except KeyError:
            continue
        ready, over = multiprocessing.Event(), multiprocessing.Event()
        arguments = (server, message.encode(), options.connections, name == "dripping", ready, over)
        crowd = multiprocessing.Process(target=attack, args=arguments)
        crowd.start()
        ready.wait()
        print(f"{name}: {probe(server, request, source, options.seconds)}", flush=True)
        over.set()
        crowd.join()


if __name__ == "__main__":
    main()
