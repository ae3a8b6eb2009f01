"""deploy/nginx.conf in an nginx of its own: what it offers, what it says itself, and what it stops."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.storm.servers import nginx

ROOT = Path(__file__).parent.parent
NGINX = shutil.which("nginx")
HSTS = "max-age=31536000; includeSubDomains"

pytestmark = pytest.mark.skipif(
    NGINX is None and not os.environ.get("CI"), reason="there is no nginx on this machine"
)


class Portal(BaseHTTPRequestHandler):
    """Answers everything, and says what came."""

    seen: list[http.client.HTTPMessage]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append(self.headers)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.send_header("Strict-Transport-Security", HSTS)
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def portal() -> Iterator[ThreadingHTTPServer]:
    Portal.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def front(tmp_path: Path, portal: ThreadingHTTPServer) -> Iterator[int]:
    """The port of nginx as the benchmarks use it: the file but for names, ports and TLS."""
    with nginx(tmp_path, portal.server_address[1]) as port:
        yield port


def ask(
    port: int, method: str = "GET", path: str = "/", **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={"Host": "portal.example.org", **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_every_answer_keeps_browsers_on_https_and_says_it_once(front: int, portal) -> None:
    assert ask(front).headers.get_all("Strict-Transport-Security") == [HSTS]
    portal.shutdown()
    portal.server_close()
    down = ask(front)
    assert down.status == 502
    assert down.headers.get_all("Strict-Transport-Security") == [HSTS]


def test_what_a_client_says_of_itself_is_replaced(front: int) -> None:
    told = ("X-Request-ID", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Arrival")
    ask(front, **dict.fromkeys(told, "chosen-outside"))
    (came,) = Portal.seen
    assert [came.get_all(name) for name in told if "chosen-outside" in came.get_all(name)] == []
    assert re.fullmatch(r"[0-9a-f]{32}", came["X-Request-ID"])


def test_a_flood_of_sign_ins_ends_before_the_portal_and_nothing_else_does(front: int) -> None:
    tried = [ask(front, "POST", "/login?next=/apply") for _ in range(120)]
    stopped = [answer for answer in tried if answer.status == 429]
    assert len(stopped) > 20
    assert sum(answer.status == 200 for answer in tried) > 50, "a hall of people is let through"
    assert stopped[0].headers["Strict-Transport-Security"] == HSTS
    assert all(ask(front, path="/login").status == 200 for _ in range(60))
    assert all(ask(front, "POST", "/apply/summer/about/draft").status == 200 for _ in range(120))


def test_a_flood_from_many_addresses_is_one_flood() -> None:
    """The measure of all sign-ins has one name, whoever asks; that it bites is tried above by address."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    (name,) = re.findall(r"limit_req_zone (\S+) zone=sign_ins:", text)
    assert '"POST /login" all;' in re.search(rf"map [^{{]+\{name} {{[^}}]+}}", text)[0]  # type: ignore[index]
    assert re.search(r"^ +limit_req zone=sign_ins burst=\d+ nodelay;", text, re.MULTILINE)


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "apply.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "front.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "front.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[int]:
    """The port of nginx with its TLS, under a certificate of our own."""
    certificate(tmp_path)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    text = (ROOT / "deploy" / "nginx.conf").read_text().replace("443 ssl", f"127.0.0.1:{port} ssl")
    for kind in ("pem", "key"):
        text = text.replace(f"/etc/ssl/apply.example.org.{kind}", str(tmp_path / f"front.{kind}"))
    conf = tmp_path / "nginx.conf"
    paths = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log; daemon off;\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{text}}}\n"
    )
    command = [str(NGINX), "-p", str(tmp_path), "-c", str(conf)]
    subprocess.run([*command, "-t"], check=True, capture_output=True, timeout=30)
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def shake_hands(port: int, version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> str:
    """What both sides agree on when we offer one version and these ciphers. Raises `ssl.SSLError` or `OSError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as line,
        context.wrap_socket(line) as secure,
    ):
        return str(secure.version())


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_is_of_today(encrypted: int) -> None:
    assert shake_hands(encrypted, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert shake_hands(encrypted, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises((ssl.SSLError, OSError)):
            shake_hands(encrypted, old)
    weak = "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"
    with pytest.raises((ssl.SSLError, OSError)):
        shake_hands(encrypted, ssl.TLSVersion.TLSv1_2, f"{weak}:@SECLEVEL=0")
