"""A TCP proxy that lets a request through, takes the whole answer, and cuts the client off before a byte of it."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class CuttingProxy:
    """`swallowed` holds the first line of each answer that the client never got."""

    def __init__(self, upstream: int, cuts: int) -> None:
        self.upstream, self.cuts = upstream, cuts
        self.swallowed: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """One connection after the other, until the listener is closed."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                self._pass_on(client)

    def _pass_on(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.upstream), timeout=60) as server:
            server.sendall(_request(client))
            answer = b"".join(iter(lambda: server.recv(65536), b""))  # until the server closes
        if self.cuts:
            self.cuts -= 1
            self.swallowed.append(answer.split(b"\r\n", 1)[0])
            # No orderly end: the client sees a reset, as when a network goes away.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        client.sendall(answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _request(client: socket.socket) -> bytes:
    """One whole request, by its Content-Length."""
    taken = b""
    while b"\r\n\r\n" not in taken:
        taken += client.recv(65536)
    head, _, body = taken.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def cutting_proxy(upstream: int, cuts: int) -> Iterator[CuttingProxy]:
    """A proxy in front of `upstream` that cuts the first `cuts` answers."""
    proxy = CuttingProxy(upstream, cuts)
    thread = threading.Thread(target=proxy.serve)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(timeout=10)
