"""Data sets as their manifests describe them: where they lie, fetching them, verifying them."""

from compactvid.manifests.fetch import Fetched, fetch
from compactvid.manifests.location import data_folder
from compactvid.manifests.manifest import manifest, names
from compactvid.manifests.schema import Manifest, ManifestError
from compactvid.manifests.sums import sha256
from compactvid.manifests.verify import Verified, verify

__all__ = [
    "Fetched",
    "Manifest",
    "ManifestError",
    "Verified",
    "data_folder",
    "fetch",
    "manifest",
    "names",
    "sha256",
    "verify",
]
