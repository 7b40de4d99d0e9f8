"""Serves a site to this machine, as a good static host would: types, compression, caching, nothing around it."""

import errno
import gzip
import re
import signal
import sys
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from pipeline.errors import ArtifactError, PipelineError
from pipeline.files import sha256

HOST = "127.0.0.1"
_NUM_PORTS = 20
_INDEX = "index.html"
_MEDIA_TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tflite": "application/octet-stream",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
_INCOMPRESSIBLE = frozenset({".png"})
_HEADERS = {
    # The clock of a page that is isolated from other origins is exact to 5 µs, not 100.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Content-Type-Options": "nosniff",
}
# Files whose names hold the hash of their content never change; for the others the browser asks each time.
_HASHED = "vendor/chunk-"
_FOREVER, _ASK = "public, max-age=31536000, immutable", "no-cache"


class SiteServer(ThreadingHTTPServer):
    """A server of one folder, on the port or, where that is taken, on the next free one.

    Args:
        folder: The site.
        port: 0 for any.
        mount: The path that stands for the folder, as on a host that serves others too.

    Raises:
        ArtifactError: The folder holds no page.
        PipelineError: None of the ports is free, or they may not be used.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int, mount: str = "/") -> None:
        if not (folder / _INDEX).is_file():
            raise ArtifactError(f"expected a site in {folder}, found no {_INDEX}; next: pipeline site")
        self.folder, self.mount = folder.resolve(), mount
        self.kept = _Compressed()
        for candidate in [port] if port == 0 else range(port, min(port + _NUM_PORTS, 65_536)):
            try:
                super().__init__((HOST, candidate), _Handler)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise PipelineError(
                        f"cannot serve on {HOST}:{candidate}: {error.strerror}; next: choose another --port"
                    ) from error
            else:
                return
        raise PipelineError(f"the ports from {port} on are taken; next: choose another --port")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Reports what went wrong, unless the browser only left before the end."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        """The page's address."""
        return f"http://{HOST}:{self.server_port}{self.mount}"

    def serve_until_interrupted(self) -> None:
        """Serves until Ctrl-C, or until the process is asked to end; that is no failure."""

        def stop(*_: object) -> None:
            # `shutdown` waits for the loop, which waits for this function.
            threading.Thread(target=self.shutdown).start()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        self.serve_forever()

    def find(self, target: str) -> Path | None:
        """The file that an address means, if it is one of the folder's.

        Args:
            target: Path and query of the address, as sent.
        """
        path = unquote(re.split(r"[?#]", target, maxsplit=1)[0], errors="replace")
        if not path.startswith(self.mount) or "\0" in path:
            return None
        name = path.removeprefix(self.mount) or _INDEX
        # Neither ".." nor a link leads out, and no other spelling of a path leads to a file.
        parts = name.split("/")
        if any(part in ("", ".", "..") or "\\" in part or part.startswith(".") for part in parts):
            return None
        file = self.folder.joinpath(*parts)
        try:
            is_inside = file.resolve(strict=True) == file
        except (OSError, RuntimeError):
            return None
        return file if is_inside and file.is_file() else None


@dataclass(frozen=True)
class _Content:
    """A file's content as it is sent, with the tag by which browsers know it again."""

    body: bytes
    is_compressed: bool
    tag: str


class _Compressed:
    """Compresses each content once."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def get(self, file: Path, takes_gzip: bool) -> _Content:
        content = file.read_bytes()
        digest = sha256(content)
        tag = digest[:16]
        if not takes_gzip or file.suffix in _INCOMPRESSIBLE:
            return _Content(content, False, f'"{tag}"')
        with self._lock:
            if digest not in self._bodies:
                self._bodies[digest] = gzip.compress(content, 6, mtime=0)
            return _Content(self._bodies[digest], True, f'"{tag}-gzip"')


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "same-model"
    sys_version = ""
    # A browser that opened a connection and sends nothing must not hold a thread for ever.
    timeout = 60
    # The content must not wait until the headers are confirmed, which takes 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, has_body: bool) -> None:
        server = cast(SiteServer, self.server)
        # Pages of other sites that the user visits can reach this port too, by a name of their own for this machine.
        if not _is_this_machine(self.headers.get("Host", "")):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        file = server.find(self.path)
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            content = server.kept.get(file, "gzip" in self.headers.get("Accept-Encoding", ""))
        except OSError:  # replaced by a newer site at this moment
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._send(file, content, has_body)

    def _send(self, file: Path, content: _Content, has_body: bool) -> None:
        is_known = content.tag in self.headers.get("If-None-Match", "")
        self.send_response(HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK)
        name = file.relative_to(cast(SiteServer, self.server).folder).as_posix()
        self.send_header("Cache-Control", _FOREVER if name.startswith(_HASHED) else _ASK)
        self.send_header("ETag", content.tag)
        self.send_header("Vary", "Accept-Encoding")
        if not is_known:
            self.send_header("Content-Type", _MEDIA_TYPES.get(file.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(len(content.body)))
            if content.is_compressed:
                self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if has_body and not is_known:
            self.wfile.write(content.body)

    def end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()


def _is_this_machine(host: str) -> bool:
    """Whether a Host header names this machine; browsers leave the port out where it is 80."""
    try:
        return urlsplit(f"//{host}").hostname in (HOST, "localhost")
    except ValueError:
        return False
