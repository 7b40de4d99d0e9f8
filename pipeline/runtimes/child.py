"""A child process that answers framed requests on its pipes; runtimes/js/frames.mjs is the other end.

A frame is: header length and payload length (uint32, little-endian), header (JSON), payload (bytes). Images travel as
bytes, never as text. A child that does not answer in time is killed, and what it wrote to stderr is in the message.
"""

import contextlib
import json
import struct
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import EngineError, EngineMissing, EngineRefusal

_LENGTHS = struct.Struct("<II")
_STDERR_TAIL = 500
_CLOSE_TIMEOUT_S = 5.0
_MAX_HEADER_BYTES = 1 << 20
_MAX_PAYLOAD_BYTES = 1 << 30


class _NoFrame(Exception):
    """The child wrote something that is no frame."""


class Child:
    """One engine process. Ends with its parent: it stops when its stdin closes."""

    def __init__(self, name: str, command: Sequence[str | Path]) -> None:
        """Starts the process.

        Raises:
            EngineMissing: The program cannot be started.
        """
        self._name = name
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115, closed by close()
        try:
            # A session of its own: Ctrl-C is the parent's to handle.
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                start_new_session=True,
            )
        except OSError as error:
            self._stderr.close()
            raise EngineMissing(
                f"{name}: cannot start {command[0]}: {error.strerror}; next: pipeline doctor"
            ) from error

    def request(self, header: dict[str, Any], payload: bytes, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """Sends one request and waits for its answer.

        Raises:
            EngineRefusal: The child reports an error, and is ready for the next request.
            EngineError: It ended, took longer than `timeout_s`, or wrote something else than a frame; it is dead
                afterwards.
        """
        is_late = threading.Event()

        def end() -> None:
            is_late.set()
            self._end()

        watchdog = threading.Timer(timeout_s, end)
        watchdog.start()
        try:
            self._write(header, payload)
            answer, answer_payload = self._read()
            if is_late.is_set():
                # The answer came while the child was being ended.
                raise EOFError
        except _NoFrame as error:
            self._end()
            raise EngineError(f"{self._name}: {header['command']} was answered with no frame: {error}") from error
        except (EOFError, BrokenPipeError) as error:
            self._end()
            code = self._process.wait()
            reason = f"no answer within {timeout_s:.0f} s" if is_late.is_set() else f"ended with code {code}"
            raise EngineError(f"{self._name}: {reason} during {header['command']}{self._stderr_tail()}") from error
        finally:
            watchdog.cancel()
        if "error" in answer:
            raise EngineRefusal(f"{self._name}: {header['command']} failed: {answer['error']}")
        return answer, answer_payload

    def close(self) -> None:
        """Ends the process, by force if it does not end by itself; harmless when called again."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(_CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._stderr.close()

    def _end(self) -> None:
        """Asks the process to end, so that it can end what it started, and ends it by force if it does not."""
        self._process.terminate()
        try:
            self._process.wait(_CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _write(self, header: dict[str, Any], payload: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        text = json.dumps(header).encode()
        stdin.write(_LENGTHS.pack(len(text), len(payload)) + text + payload)
        stdin.flush()

    def _read(self) -> tuple[dict[str, Any], bytes]:
        lengths = self._read_exactly(_LENGTHS.size)
        header_length, payload_length = _LENGTHS.unpack(lengths)
        if header_length > _MAX_HEADER_BYTES or payload_length > _MAX_PAYLOAD_BYTES:
            raise _NoFrame(repr(lengths))
        content = self._read_exactly(header_length)
        try:
            header = json.loads(content)
        except ValueError as error:
            raise _NoFrame(repr(content[:50])) from error
        if not isinstance(header, dict):
            raise _NoFrame(repr(content[:50]))
        return header, self._read_exactly(payload_length)

    def _read_exactly(self, num_bytes: int) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None
        content = stdout.read(num_bytes)
        if len(content) < num_bytes:
            raise EOFError
        return content

    def _stderr_tail(self) -> str:
        self._stderr.seek(0)
        text = self._stderr.read().decode(errors="replace").strip()
        return f"; it said: {' '.join(text[-_STDERR_TAIL:].split())}" if text else ""
