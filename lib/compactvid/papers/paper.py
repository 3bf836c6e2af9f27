"""Which papers are transcribed, and what each is called."""

from pathlib import Path

from compactvid.papers.schema import Strict, Text, read_yaml
from compactvid.root import project_root


class Paper(Strict):
    """`paper.yml`: `short` is how the book names it, such as `Liu & Liu 2018`."""

    short: Text
    title: Text
    authors: list[Text]
    year: int
    venue: Text
    url: Text
    code: Text | None = None


def paper_ids(root: Path | None = None) -> list[str]:
    """The ids of all transcribed papers, sorted."""
    return sorted(path.parent.name for path in _folder(root).glob("*/paper.yml"))


def paper(paper: str, root: Path | None = None) -> Paper:
    """What a paper is called.

    Raises
    ------
    ValueError
        There is no such paper (the message lists those that there are), or its `paper.yml` is not as it should be.
    """
    return read_yaml(paper_folder(paper, root) / "paper.yml", Paper)


def paper_folder(paper: str, root: Path | None = None) -> Path:
    """The folder of a paper's transcription.

    Raises
    ------
    ValueError
        There is no such paper; the message lists those that there are.
    """
    known = paper_ids(root)
    if paper not in known:
        raise ValueError(f"unknown paper {paper!r}; there are {', '.join(known)}")
    return _folder(root) / paper


def _folder(root: Path | None) -> Path:
    return (project_root() if root is None else Path(root)) / "data_manifests" / "papers"
