"""`compactvid book`: who holds its lock."""

import os
import signal
import subprocess
from fcntl import LOCK_EX, LOCK_NB, flock

import pytest

from compactvid.cli.book import book


class Killed(BaseException):
    """Ends the command as a signal would: nothing after it is done."""


def test_what_outlives_a_killed_build_keeps_its_lock(tmp_path, monkeypatch, capsys):
    """A process of the build that is left behind, and that process's own child, hold the lock until they end."""
    profile = tmp_path / "profiles" / "local"
    profile.mkdir(parents=True)
    (profile / "config.yaml").touch()
    monkeypatch.setattr("compactvid.root.project_root", lambda: tmp_path)
    left = []

    def run(call, *, stdin, **_):
        nested = ["bash", "-c", "bash -c 'echo $$; exec sleep 60'; true"]
        left.append(subprocess.Popen(nested, stdin=stdin, stdout=subprocess.PIPE))
        raise Killed

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(Killed):
        book(profile="smoke")
    (process,) = left
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    with (tmp_path / "_build" / ".book.lock").open("w") as lock:
        with pytest.raises(BlockingIOError):
            flock(lock, LOCK_EX | LOCK_NB)
        os.kill(child, signal.SIGKILL)
        flock(lock, LOCK_EX)
