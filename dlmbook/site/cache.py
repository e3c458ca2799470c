"""A build that notices what changed besides the text.

Jupyter Book re-executes a chapter when one of its cells changes. A cell that calls `dlmbook` must
also be executed again when `dlmbook` changes, or when a pinned version does. So the cache lives in
a folder named by a digest of both: another digest, another (empty) cache. Sphinx sees the changed
setting and reads all pages again. When this extension changes, pages are read again, too, but
nothing is executed: no cell can see it.
"""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

__all__ = ["digest", "executed_sources", "setup"]

SITE = Path(__file__).parent


def setup(app: Sphinx) -> None:
    """Choose the cache folder as soon as the configuration is read."""
    app.add_config_value("dlmbook_site_digest", "", "env", str)
    app.connect("config-inited", use_cache_of_this_package)
    app.connect("builder-inited", forget_listings)


def digest(paths: Iterable[Path]) -> str:
    """Digest of the names and contents of files, as a short hexadecimal name."""
    sha = hashlib.sha256()
    for path in sorted(paths):
        sha.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return sha.hexdigest()[:16]


def files(folder: Path) -> list[Path]:
    """Files of a package, compiled ones apart."""
    return [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]


def executed_sources(root: Path) -> list[Path]:
    """Files that an output depends on besides its cells: the package and the pins."""
    site = root / "dlmbook" / "site"
    package = [path for path in files(root / "dlmbook") if site not in path.parents]
    return [*package, root / "requirements.txt"]


def use_cache_of_this_package(app: Sphinx, config: Config) -> None:
    """Point the execution cache at the folder of this digest and remove those of earlier ones."""
    caches = Path(app.outdir).parent / ".executed"
    current = caches / digest(executed_sources(Path(app.srcdir)))
    current.mkdir(parents=True, exist_ok=True)
    for old in caches.iterdir():
        if old != current:
            shutil.rmtree(old)
    config.nb_execution_cache_path = str(current)
    config.dlmbook_site_digest = digest(files(SITE))


def forget_listings(app: Sphinx) -> None:
    """Remove the listings of modules: Sphinx would keep those whose module did not change."""
    shutil.rmtree(Path(app.outdir) / "_modules", ignore_errors=True)
