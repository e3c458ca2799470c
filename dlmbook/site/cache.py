"""An execution cache that notices a changed package.

Jupyter Book re-executes a chapter when one of its cells changes. A cell that calls `dlmbook` must also be
executed again when `dlmbook` changes, or when a pinned version does. So the cache lives in a folder named
by a digest of both: another digest, another (empty) cache. Sphinx sees the changed setting and reads all
pages again.
"""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

__all__ = ["digest", "setup"]


def setup(app: Sphinx) -> None:
    """Choose the cache folder as soon as the configuration is read."""
    app.connect("config-inited", use_cache_of_this_package)


def digest(root: Path) -> str:
    """Digest of everything but the cells that an output depends on, as a short hexadecimal name."""
    sha = hashlib.sha256()
    for path in sources(root):
        sha.update(path.relative_to(root).as_posix().encode() + b"\0")
        sha.update(path.read_bytes() + b"\0")
    return sha.hexdigest()[:16]


def sources(root: Path) -> Iterator[Path]:
    """Files of the package (without this extension, which no cell imports) and the pins."""
    site = root / "dlmbook" / "site"
    for path in sorted((root / "dlmbook").rglob("*")):
        is_code = path.is_file() and "__pycache__" not in path.parts
        if is_code and site not in path.parents:
            yield path
    yield root / "requirements.txt"


def use_cache_of_this_package(app: Sphinx, config: Config) -> None:
    """Point the execution cache at the folder of this digest and remove those of earlier ones."""
    caches = Path(app.outdir).parent / ".executed"
    current = caches / digest(Path(app.srcdir))
    current.mkdir(parents=True, exist_ok=True)
    for old in caches.iterdir():
        if old != current:
            shutil.rmtree(old)
    config.nb_execution_cache_path = str(current)  # type: ignore[attr-defined]
