"""A server that speaks S3, on this machine, with an empty bucket."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from moto.server import ThreadedMotoServer

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


class BucketServer:
    """`url` is what the settings would hold. Stopping it is how a test takes the storage away."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.address = f"http://{host}:{port}"
        self.url = f"s3://files/portal?endpoint={self.address}"
        self.request("PUT", "/files")

    def request(self, method: str, path: str, data: bytes | None = None) -> bytes:
        asked = urllib.request.Request(self.address + path, method=method, data=data)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bytes(answer.read())

    def stop(self) -> None:
        self._server.stop()


@contextmanager
def bucket_server() -> Iterator[BucketServer]:
    with mock.patch.dict("os.environ", KEYS):
        server = BucketServer()
        try:
            yield server
        finally:
            server.request("POST", "/moto-api/reset")
            server.stop()
