"""What a data manifest may hold, key by key; `data_manifests/README.md` says it in prose."""

import re
import string
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, FiniteFloat, ValidationInfo, model_validator

from compactvid.manifests.strict_yaml import Strict, Text
from compactvid.manifests.sums import read_sums

LETTERS = string.ascii_lowercase + string.ascii_uppercase + string.digits
"""Digits of the two-letter numbers in YouTube-8M's shard names: `aa` is 0, `ab` is 1, `99` is 3843."""


class ManifestError(ValueError):
    """A data manifest is not as it should be; the message names file, key and what was expected."""


def _local(path: str) -> str:
    parts = path.split("/")
    if not all(part and part[0] != "." and part.isprintable() and not {*part} & {*'\\:*?"<>|'} for part in parts):
        raise ValueError(f"expected a path below the data folder, such as 'yt8m/vocabulary.csv', found {path!r}")
    return path


def _address(url: str) -> str:
    parts = urlsplit(url)
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or not plain:
        raise ValueError(f"expected an https:// address, found {url!r}")
    return url


def _sums(name: object, info: ValidationInfo) -> object:
    if not isinstance(name, str) or name != Path(name).name:
        raise ValueError(f"expected the name of a file in data_manifests/sums, found {name!r}")
    path = Path((info.context or {}).get("folder", "")) / "sums" / name
    if not path.is_file():
        raise ValueError(f"{path}: missing")
    return read_sums(path)


LocalPath = Annotated[str, AfterValidator(_local)]
Address = Annotated[str, AfterValidator(_address)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(gt=0, strict=True)]


class File(Strict):
    """One file: where it lies below the data folder, where it comes from, how large it is and its hash.

    `checksum` is an MD5 or SHA-1 for a file whose SHA-256 nobody publishes.
    """

    path: LocalPath
    urls: tuple[Address, ...] = ()
    size: Count | None = None
    sha256: Sha256 | None = None
    checksum: Annotated[str, Field(pattern=r"^(md5:[0-9a-f]{32}|sha1:[0-9a-f]{40})$")] | None = None


class Archive(File):
    """A tar file; `unpack` says which of its folders go where below the data folder."""

    unpack: Annotated[dict[LocalPath, LocalPath], Field(min_length=1)]


class Shards(Strict):
    """Numbered files. `path` and `urls` are patterns over `{number}`, such as `{number:04d}`, and `{letters}`."""

    count: Annotated[int, Field(gt=0, le=100_000, strict=True)]
    path: Text
    urls: Annotated[tuple[Text, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _patterns_number_the_shards(self) -> Self:
        for pattern in (self.path, *self.urls):
            if not re.fullmatch(r"[^{}]*(\{(number(:0\dd)?|letters)\}[^{}]*)+", pattern):
                raise ValueError(f"expected a pattern over {{number}} or {{letters}}, found {pattern!r}")
            if "{letters}" in pattern and self.count > len(LETTERS) ** 2:
                raise ValueError(f"{{letters}} numbers at most {len(LETTERS) ** 2} shards, not {self.count}")
            (_local if pattern is self.path else _address)(_numbered(pattern, self.count - 1))
        return self

    def files(self) -> list[File]:
        """The shards in the order of their numbers."""
        patterns = (self.path, *self.urls)
        numbered = ([_numbered(pattern, number) for pattern in patterns] for number in range(self.count))
        return [File.model_construct(path=path, urls=tuple(urls)) for path, *urls in numbered]


class Split(Strict):
    """A part of a data set that can be fetched on its own.

    `sums` is the name of a list in `data_manifests/sums`, and is read from there; `plan` is the address of
    YouTube-8M's download plan, which has each shard's MD5.
    """

    examples: Count | None = None
    note: Text | None = None
    shards: Shards | None = None
    files: tuple[File, ...] = ()
    archives: tuple[Archive, ...] = ()
    sums: Annotated[dict[LocalPath, Sha256], BeforeValidator(_sums), Field(default_factory=dict)]
    plan: Address | None = None

    @model_validator(mode="after")
    def _plan_is_of_shards(self) -> Self:
        if self.plan is not None and self.shards is None:
            raise ValueError("'plan' goes with 'shards'")
        return self

    def local_files(self) -> list[File]:
        """Every file that lies below the data folder once all is there, archives left aside, each with its hash."""
        listed = [*(self.shards.files() if self.shards else []), *self.files]
        named = {file.path for file in listed}
        known = [file.model_copy(update={"sha256": self.sums.get(file.path, file.sha256)}) for file in listed]
        others = [File.model_construct(path=path, sha256=sum) for path, sum in self.sums.items() if path not in named]
        return known + others


class Licence(Strict):
    """Under which terms the data are offered."""

    name: Text
    url: Address | None = None
    note: Text | None = None


class Citation(Strict):
    """What to cite: a key of `book/references.bib`, and the reference as text."""

    key: Text
    text: Text


class Feature(Strict):
    """One feature of an example. `shape` may name dimensions; `range` is the smallest and the largest value."""

    name: Text
    kind: Text
    dtype: Text
    shape: list[Count | Text]
    range: tuple[FiniteFloat, FiniteFloat] | None = None
    meaning: Text


class Manifest(Strict):
    """`data_manifests/NAME.yml`."""

    name: Id
    title: Text
    source: Address
    licence: Licence
    citation: Citation
    note: Text | None = None
    insecure_reason: Text | None = None
    request: Text | None = None
    after_fetch: Text | None = None
    splits: Annotated[dict[Id, Split], Field(min_length=1)]
    features: Annotated[list[Feature], Field(min_length=1)]

    @model_validator(mode="after")
    def _addresses_are_secure_or_explained(self) -> Self:
        urls: list[str] = []
        for name, split in self.splits.items():
            if not (self.request or split.shards or split.files or split.archives):
                raise ValueError(f"splits.{name}: expected 'shards', 'files' or 'archives'")
            urls += [split.plan] if split.plan else []
            urls += split.shards.urls if split.shards else []
            for file in (*split.files, *split.archives):
                if not file.urls and not self.request:
                    raise ValueError(f"{file.path}: expected 'urls', or a 'request' that says how to get it")
                urls += file.urls
        if self.request and urls:
            raise ValueError("a 'request' goes without 'urls'")
        if (plain := [url for url in urls if not url.startswith("https://")]) and not self.insecure_reason:
            raise ValueError(f"{plain[0]} is not HTTPS: give an 'insecure_reason'")
        if self.insecure_reason and not plain:
            raise ValueError("'insecure_reason', but every address is HTTPS")
        return self

    @model_validator(mode="after")
    def _paths_are_apart(self) -> Self:
        seen: dict[str, object] = {}
        for name, split in self.splits.items():
            for archive in split.archives:
                same = archive.model_dump(exclude={"unpack"})
                if seen.setdefault(archive.path, same) != same:
                    raise ValueError(f"splits.{name}: {archive.path!r} stands there twice")
            folders = [folder for archive in split.archives for folder in archive.unpack.values()]
            for path in (*folders, *(file.path for file in split.local_files())):
                if path in seen:
                    raise ValueError(f"splits.{name}: {path!r} stands there twice")
                seen[path] = name
            for file in split.local_files():
                if not (file.urls or self.request or file.path.startswith(tuple(f"{folder}/" for folder in folders))):
                    raise ValueError(f"splits.{name}.sums: {file.path!r} is neither fetched nor in an archive's folder")
        return self


def _numbered(pattern: str, number: int) -> str:
    if "{letters}" in pattern:
        pattern = pattern.replace("{letters}", LETTERS[number // len(LETTERS)] + LETTERS[number % len(LETTERS)])
    return pattern.format(number=number)
