import errno
import gzip
import http.client
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, nullcontext

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.errors import ArtifactError, PipelineError
from pipeline.progress import Silent
from pipeline.site import server as module
from pipeline.site.server import SiteServer

TEXT = "a page " * 1000


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "site"
    names = ["index.html", "main.js", "style.css", "site.json", "m.webmanifest", "a.bin", "a.wasm", "a.svg", "a.png"]
    for name in [*names, "vendor/chunk-ABC.js", "models/a.bin", ".hidden"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path)
    return folder


@contextmanager
def serving(folder, mount="/"):
    with SiteServer(folder, 0, mount) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def ask(folder):
    """Asks for an address exactly as it is written, without making it proper first."""
    with serving(folder) as server:

        def ask(target, method="GET", **headers):
            with closing(http.client.HTTPConnection("127.0.0.1", server.server_port)) as connection:
                connection.request(method, target, headers={name.replace("_", "-"): v for name, v in headers.items()})
                response = connection.getresponse()
                return response, response.read()

        yield ask


def test_browser_that_leaves_in_the_middle_of_an_answer_is_no_error(folder, capfd):
    (folder / "large.bin").write_bytes(os.urandom(30_000_000))
    with serving(folder) as server:
        others = set(threading.enumerate())
        with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
            # Closed like this, what is on its way is lost.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(1000)
        for thread in set(threading.enumerate()) - others:
            thread.join()
    assert capfd.readouterr().err == ""


def test_error_of_the_server_is_reported(folder, capfd, monkeypatch):
    monkeypatch.setattr(module._Handler, "do_GET", lambda _: 1 / 0)
    with serving(folder) as server:
        others = set(threading.enumerate())
        with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(1000) == b""
        for thread in set(threading.enumerate()) - others:
            thread.join()
    assert "ZeroDivisionError" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("target", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html?new", "text/html; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/site.json", "application/json"),
        ("/m.webmanifest", "application/manifest+json"),
        ("/a.bin", "application/octet-stream"),
        ("/a.wasm", "application/wasm"),
        ("/a.svg", "image/svg+xml"),
        ("/a.png", "image/png"),
    ],
)
def test_file_comes_with_its_type(ask, target, media_type):
    response, body = ask(target)
    assert (response.status, response.headers["Content-Type"], body) == (200, media_type, TEXT.encode())


def test_page_is_isolated_from_other_origins(ask):
    headers = ask("/")[0].headers
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "target",
    [
        *("/models", "/models/", "/missing.js", "/models//a.bin", "/./index.html", "/models/../main.js", "/.hidden"),
        *("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/models/%2e%2e/%2e%2e/secret.txt"),
        *("/..%5csecret.txt", "/link.txt", "/linked/secret.txt", "/%00", "/main.js%00", "/%2fetc%2fpasswd", "/%ff"),
    ],
)
def test_nothing_but_the_files_of_the_folder_is_served(ask, target):
    response, body = ask(target)
    assert response.status == 404
    assert b"secret" not in body
    assert b"main.js" not in body


def test_other_methods_are_refused(ask):
    assert ask("/", method="POST")[0].status == 501
    assert ask("/", method="DELETE")[0].status == 501


def test_head_tells_the_size_without_the_content(ask):
    response, body = ask("/main.js", method="HEAD")
    assert (response.status, response.headers["Content-Length"], body) == (200, str(len(TEXT)), b"")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost:80", 200), ("localhost", 200), ("127.0.0.1", 200)),
        *(("elsewhere.example:80", 403), ("elsewhere.example", 403), ("[", 403), ("", 403)),
    ],
)
def test_page_of_another_name_gets_nothing(ask, host, status):
    assert ask("/", Host=host)[0].status == status


def test_content_is_compressed_for_those_who_take_it(ask):
    response, body = ask("/main.js", Accept_Encoding="br, gzip")
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == TEXT.encode()
    assert ask("/a.png", Accept_Encoding="gzip")[0].headers["Content-Encoding"] is None
    assert ask("/main.js")[0].headers["Content-Encoding"] is None


def test_open_connection_does_not_wait_between_headers_and_content(folder):
    def duration_s(connection):
        started = time.perf_counter()
        connection.request("GET", "/main.js")
        connection.getresponse().read()
        return time.perf_counter() - started

    with serving(folder) as server, closing(http.client.HTTPConnection("127.0.0.1", server.server_port)) as connection:
        durations_s = [duration_s(connection) for _ in range(20)]
    # Where the content waits until the headers are confirmed, most answers take 40 ms.
    assert statistics.median(durations_s) < 0.03


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_file_that_the_browser_has_is_not_sent_again_until_it_changes(ask, folder, encoding):
    first, _ = ask("/main.js", Accept_Encoding=encoding)
    assert first.headers["Cache-Control"] == "no-cache"
    known = {"Accept_Encoding": encoding, "If_None_Match": first.headers["ETag"]}
    second, body = ask("/main.js", **known)
    assert (second.status, body) == (304, b"")
    (folder / "main.js").write_text("changed")
    assert ask("/main.js", **known)[0].status == 200


def test_file_with_the_hash_in_its_name_is_kept_for_good(ask):
    assert "immutable" in ask("/vendor/chunk-ABC.js")[0].headers["Cache-Control"]


def test_site_is_served_below_a_path(folder):
    with serving(folder, "/some/path/") as server:
        assert server.address == f"http://127.0.0.1:{server.server_port}/some/path/"
        assert server.find("/some/path/") == folder / "index.html"
        assert server.find("/some/path/main.js") == folder / "main.js"
        assert server.find("/main.js") is None
        assert server.find("/some/path") is None


def test_server_listens_to_this_machine_alone(folder):
    with SiteServer(folder, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_port_that_is_taken_is_followed_by_the_next(folder):
    with SiteServer(folder, 0) as first, SiteServer(folder, first.server_port) as second:
        assert first.server_port < second.server_port < first.server_port + 20


def test_no_free_port_is_an_error(folder, monkeypatch):
    monkeypatch.setattr(module, "_NUM_PORTS", 1)
    with (
        SiteServer(folder, 0) as taken,
        pytest.raises(PipelineError, match=r"the ports from \d+ on are taken; next: choose another --port"),
    ):
        SiteServer(folder, taken.server_port)


def test_port_that_is_not_allowed_is_not_called_taken(folder, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(module.ThreadingHTTPServer, "__init__", refuse)
    with pytest.raises(PipelineError, match=r"127\.0\.0\.1:80: Permission denied; next: choose another --port"):
        SiteServer(folder, 80)


def test_folder_without_a_page_is_an_error(tmp_path):
    with pytest.raises(ArtifactError, match=r"found no index\.html; next: pipeline site"):
        SiteServer(tmp_path, 0)


@pytest.fixture
def serve(folder, monkeypatch):
    """Runs the command on a site that is up to date, and returns at once instead of serving it."""
    from pipeline.commands import site as command
    from pipeline.site import assemble

    monkeypatch.setattr(command, "show_progress", lambda: nullcontext(Silent()))
    monkeypatch.setattr(assemble, "assemble", lambda *_: None)
    monkeypatch.setattr(SiteServer, "serve_until_interrupted", lambda _: None)
    return lambda *options: CliRunner().invoke(app, ["serve", "--site", str(folder), *options], catch_exceptions=False)


def test_command_says_its_address_and_which_port_was_taken(serve):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        first, second = serve("--port", str(port)).output.splitlines()
    assert first.startswith(f"port {port} is taken, so this is port ")
    assert second == f"http://127.0.0.1:{first.rpartition(' ')[2]}/ (Ctrl-C ends it)"


def test_command_opens_the_browser_only_when_asked_to(serve, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    serve("--port", "0")
    assert opened == []
    output = serve("--port", "0", "--open").output
    assert opened == [output.split()[0]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_ends_the_server_without_an_error(folder, number):
    code = (
        "import sys; from pathlib import Path; from pipeline.site.server import SiteServer\n"
        "from pipeline.ending import run_program\n"
        "def serve():\n"
        "    with SiteServer(Path(sys.argv[1]), 0) as server:\n"
        "        print(server.server_port, flush=True); server.serve_until_interrupted()\n"
        "run_program(serve)"
    )
    command = [sys.executable, "-c", code, folder]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=-1, stderr=-1, text=True) as server:
        connection = http.client.HTTPConnection("127.0.0.1", int(server.stdout.readline()))
        connection.request("GET", "/site.json")
        assert connection.getresponse().read() == TEXT.encode()
        # The browser keeps its connection open.
        server.send_signal(number)
        output, errors = server.communicate(timeout=60)
        connection.close()
    assert (server.returncode, output, errors) == (0, "", "")
