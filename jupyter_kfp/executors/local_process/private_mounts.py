"""Mounts that only one process and its children see (Linux, `mount_namespaces(7)`, `user_namespaces(7)`).

`enter` runs between fork and exec of a command, in a process that may have had threads: it makes system calls with
what was prepared before, and takes no lock.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jupyter_kfp.executors.local_process.own_places import Mount, OwnPlaces, lay_out

# <sched.h> and <sys/mount.h>
_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_RDONLY = 1
_MS_REMOUNT = 32
_MS_BIND = 4096
_MS_MOVE = 8192
_MS_REC = 16384
_MS_PRIVATE = 1 << 18
_KEPT_FLAGS = 2 | 4 | 8
"""Without set-user-id, devices, programs: the same bits in mount(2) and statvfs(3)."""
_CAP_SYS_ADMIN = 21
"""`<linux/capability.h>`."""
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class PrivateMounts:
    """System calls to make, in their order."""

    root: bytes
    calls: Sequence[tuple[bytes, bytes, int]]
    """Source, target and flags of each mount."""
    flags: int
    maps: Sequence[tuple[str, bytes]]
    """Files of ``/proc/self`` to write, so that ids of users stay as they are."""
    folder: bytes
    """Working directory, by its path in the new file system."""

    def enter(self) -> None:
        """Part this process from the mounts of others. Raises `OSError`."""
        assert _libc is not None
        _check(_libc.unshare(self.flags))
        for name, content in self.maps:
            descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
            os.write(descriptor, content)
            os.close(descriptor)
        _mount(b"none", b"/", _MS_REC | _MS_PRIVATE)
        for source, target, flags in self.calls:
            _mount(source, target, flags)
        os.chdir(self.root)
        _mount(self.root, b"/", _MS_MOVE)
        os.chroot(".")
        os.chdir(self.folder)


def private_mounts(places: OwnPlaces, folder: Path) -> PrivateMounts:
    """How to give a process these places. Root needs no namespace of users, and keeps all it may do."""
    is_root = _has_capability()
    user = 0 if is_root else _CLONE_NEWUSER
    maps = (
        []
        if is_root
        else [
            ("setgroups", b"deny"),
            ("uid_map", b"%d %d 1" % (os.geteuid(), os.geteuid())),
            ("gid_map", b"%d %d 1" % (os.getegid(), os.getegid())),
        ]
    )
    calls = [call for mount in places.mounts for call in _calls(mount)]
    return PrivateMounts(os.fsencode(places.root), calls, _CLONE_NEWNS | user, maps, os.fsencode(folder))


@cache
def can_mount() -> bool:
    """Whether this machine lets a task have mounts of its own: not macOS, nor many containers."""
    program = shutil.which("true")
    if _libc is None or program is None:
        return False
    with tempfile.TemporaryDirectory(prefix="kfp-") as own, contextlib.suppress(OSError, subprocess.SubprocessError):
        places = lay_out(Path(own), {"/kfp-workspace": Path(own)}, ())
        mounts = private_mounts(places, Path("/kfp-workspace"))
        ended = subprocess.run([program], preexec_fn=mounts.enter, check=False, stderr=subprocess.DEVNULL)  # noqa: S603 - without a word
        return ended.returncode == 0
    return False


def _calls(mount: Mount) -> Iterator[tuple[bytes, bytes, int]]:
    source, target = os.fsencode(mount.source), os.fsencode(mount.target)
    yield source, target, _MS_BIND | _MS_REC
    if mount.read_only:
        # What the machine forbids of a mount stays forbidden: without these flags the kernel refuses the change.
        kept = os.statvfs(mount.source).f_flag & _KEPT_FLAGS
        yield b"none", target, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | kept


def _has_capability() -> bool:
    """Whether this process may mount by itself (``CAP_SYS_ADMIN``), as root outside of containers may."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    effective = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) >> _CAP_SYS_ADMIN & 1)


def _mount(source: bytes, target: bytes, flags: int) -> None:
    assert _libc is not None
    _check(_libc.mount(source, target, None, ctypes.c_ulong(flags), None))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
