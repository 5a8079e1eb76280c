"""Profiles as the command line keeps them: saved, replaced, forgotten."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import orjson

from zcrm.auth import files, profiles
from zcrm.auth.profiles import Profile, check_name
from zcrm.errors import StoreError

__all__ = ["Profile", "Profiles", "check_name"]

_LOCK_SECONDS = 30.0
_SECRETS = ("client_secret", "refresh_token")


class Profiles(profiles.Profiles):
    """The profiles of one config folder, to be changed."""

    def probe(self, *, keyring: bool = False) -> None:
        """Raise StoreError unless profiles and tokens can be kept: better now than when all else is done.

        keyring: whether their secrets are for the keyring. Nothing is left behind.
        """
        if keyring:
            self.keyring.save("probe", "probe")
            self.keyring.delete("probe")
        for folder in (self.folder / "profiles", self.folder / "tokens"):
            made = [each for each in (folder, *folder.parents) if not each.exists()]
            try:
                with _told(folder):
                    files.make_folder(folder)
                    with tempfile.TemporaryDirectory(dir=folder) as probe, _alone_in(Path(probe)):
                        files.replace(Path(probe, "probe.json"), "")
            finally:
                with suppress(OSError):
                    for each in made:
                        each.rmdir()

    def save(self, profile: Profile) -> None:
        """Keep the profile, in the place of one of its name; raises StoreError when that can't be done."""
        path = self.path(profile.name)
        head = {"format": profiles.FORMAT, "version": profiles.VERSION}
        facts = asdict(profile)
        with _told(path), _alone_in(path.parent):
            if profile.keyring:
                secrets = {name: facts.pop(name) for name in _SECRETS}
                self.keyring.save(str(path), orjson.dumps(head | secrets).decode())
            else:
                self._leave_keyring(path)
            files.replace(path, orjson.dumps(head | facts).decode())

    def delete(self, name: str) -> None:
        """Forget the profile; raises StoreError when that can't be done."""
        path = self.path(name)
        with _told(path), _alone_in(path.parent):
            self._leave_keyring(path)
            files.remove(path)

    def _leave_keyring(self, path: Path) -> None:
        """Remove from the keyring what a profile has in it."""
        with suppress(StoreError):
            found = self.load(path.stem)
            if found is not None and found.keyring:
                self.keyring.delete(str(path))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} can't be written: {error.strerror}",
            fix="Make its folder writable, or name another in ZCRM_CONFIG_DIR.",
        ) from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep others away who change files of this folder. Raises OSError where nothing can be locked."""
    files.make_folder(folder)
    if os.name != "posix":
        with files.locked(folder / ".lock", _LOCK_SECONDS):
            yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
