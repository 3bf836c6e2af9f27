"""Results that notebooks recorded, read from their files.

A build writes `_build/results/<profile>/<stem>.json`; recorded evidence of heavy profiles lies in
`results/<profile>/<stem>.json`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, FiniteFloat, StrictBool, StrictInt, StrictStr, ValidationError

from compactvid.atomic import whole_files
from compactvid.manifests.strict_yaml import Strict, describe

PROFILES = ("smoke", "small", "full", "real", "paper")
"""From the weakest to the strongest evidence."""
REAL_PROFILES = ("real", "paper")
RECORDED_PROFILES = ("full", *REAL_PROFILES)


class ResultFileError(ValueError):
    """A result file is not as it should be; the message names the file, the key and what was expected."""


class Result(Strict):
    """One recorded number; see `compactvid.notebook.record` for what each part means."""

    value: FiniteFloat
    unit: str | None = None
    tolerance: FiniteFloat = Field(ge=0)
    reason: str
    spread: FiniteFloat | None = Field(default=None, ge=0)
    seeds: int | None = Field(default=None, ge=1)
    data: str | None = None


def _of_one_length(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    lengths = {name: len(values) for name, values in columns.items()}
    if not lengths or not all(lengths.values()) or len(set(lengths.values())) > 1:
        raise ValueError(f"expected columns of one length, at least 1, found {lengths}")
    return columns


Columns = Annotated[
    dict[str, list[StrictBool | StrictInt | FiniteFloat | StrictStr | None]], AfterValidator(_of_one_length)
]
"""What a figure plots: values by column, None where there is none."""


class ResultFile(Strict):
    """One notebook's results and what its figures plot; `complete` is false until the notebook has run to its end."""

    stem: str
    profile: str
    complete: bool
    provenance: dict[str, Any]
    results: dict[str, Result]
    figures: dict[str, Columns] = Field(default_factory=dict)


class Evidence(NamedTuple):
    """A result, the profile it was made at and its file, relative to the project's root."""

    result: Result
    profile: str
    path: str


class Results(NamedTuple):
    """Evidence by result key, and the files that count as no result because their notebook did not finish."""

    found: dict[str, Evidence]
    incomplete: list[Path]


def read_results(root: Path, profile: str | None = None) -> Results:
    """The strongest evidence for each key: recorded evidence, and what the build at `profile` made.

    Parameters
    ----------
    root
        The project's root.
    profile
        The build whose results count; by default those of all profiles but `smoke`. At equal strength, recorded
        evidence goes before the build's. A derived number (one without `data`) is the build's wherever it made one:
        heavier data say no more of it, and the build's is of the code as it is now.

    Raises
    ------
    ValueError
        An unknown profile; the message lists the valid ones.
    ResultFileError
        A file is unreadable, is not where its stem and profile say, is complete but without provenance, or holds a
        key that another file beside it holds too.
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; valid profiles are {', '.join(PROFILES)}")
    built = PROFILES[1:] if profile is None else (profile,)
    found: dict[str, Evidence] = {}
    incomplete: list[Path] = []
    for name in PROFILES:
        for folder, counts in (
            (Path("_build") / "results" / name, name in built),
            (Path("results") / name, name in RECORDED_PROFILES),
        ):
            if counts:
                read = _read_folder(root, folder, incomplete)
                recorded = folder.parts[0] == "results"
                found |= {
                    key: evidence
                    for key, evidence in read.items()
                    if key not in found or evidence.result.data is not None or not recorded
                }
    return Results(found, incomplete)


def recorded_file(root: Path, stem: str, profiles: Sequence[str] = REAL_PROFILES) -> ResultFile | None:
    """What was recorded of a notebook at the heaviest of some profiles, or None where nothing was.

    Parameters
    ----------
    root
        The project's root.
    stem
        The notebook's, such as `liu2018_table_1`.
    profiles
        From the lightest; by default those of real data.

    Raises
    ------
    ResultFileError
        As `read_results`.
    """
    for name in reversed(profiles):
        path = root / "results" / name / f"{stem}.json"
        if path.is_file() and (content := _read_file(path)).complete:
            return content
    return None


def _read_folder(root: Path, folder: Path, incomplete: list[Path]) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for path in whole_files(root / folder, "*.json"):
        relative = path.relative_to(root)
        try:
            content = _read_file(path)
        except FileNotFoundError:
            # Gone since: a build takes away what it is about to make anew.
            continue
        if not content.complete:
            incomplete.append(relative)
            continue
        for key, result in content.results.items():
            if key in found:
                raise ResultFileError(f"{path}: results.{key}: {found[key].path} holds the same key, expected one")
            found[key] = Evidence(result, content.profile, relative.as_posix())
    return found


def _read_file(path: Path) -> ResultFile:
    try:
        text = path.read_text(encoding="utf-8")
        content = ResultFile.model_validate_json(text)
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise ResultFileError(f"{path}: unreadable: {error}") from error
    except ValidationError as error:
        raise ResultFileError(f"{path}: {describe(error, None)}") from error
    for name, value, expected in (
        ("stem", content.stem, path.stem),
        ("profile", content.profile, path.parent.name),
    ):
        if value != expected:
            raise ResultFileError(f"{path}: {name}: expected {expected!r} from the file's place, found {value!r}")
    if content.complete and not content.provenance:
        raise ResultFileError(f"{path}: provenance: empty, expected where the results come from")
    return content
