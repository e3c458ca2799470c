"""Networks in files: weights and sizes only, nothing that could be executed."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from dlmbook.denoisers.network import KINDS, Network, kind_of

#: What every file says of itself.
FORMAT = "dlmbook network 1"


def save(network: Network, path: str | Path, **more: Any) -> None:
    """Write a network to a file; an interruption leaves the older file whole.

    Parameters
    ----------
    network : Transformer or Perceptron
    path : path
    **more
        Tensors, numbers, strings, and lists and dictionaries of them, to keep beside it.
    """
    path = Path(path)
    fresh = path.with_name(path.name + ".new")
    content = {"format": FORMAT, "kind": kind_of(network), "sizes": network.sizes}
    torch.save({**content, "weights": network.state_dict(), **more}, fresh)
    os.replace(fresh, path)


def load(path: str | Path) -> Network:
    """Read a network from a file that `save` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If the file is damaged, or holds something else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from dlmbook.denoisers import Transformer
    >>> network = Transformer(vocabulary=3, length=2, width=8, layers=1, heads=1, rng=0)
    >>> with TemporaryDirectory() as folder:
    ...     save(network, folder + "/network.pt")
    ...     load(folder + "/network.pt").sizes == network.sizes
    True
    """
    content = read(path)
    network = KINDS[content["kind"]](**content["sizes"])
    restore(network, content, path)
    return network


def read(path: str | Path) -> dict[str, Any]:
    """Read everything that a file holds, on the CPU; ValueError if it is not a checkpoint."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ValueError(f"{path} is not a checkpoint, or it is damaged: {error}") from error
    found = content.get("format") if isinstance(content, dict) else type(content).__name__
    if found != FORMAT:
        raise ValueError(f"{path} must hold a {FORMAT!r}, but holds {found!r}")
    return content


def restore(network: Network, content: Mapping[str, Any], path: str | Path) -> None:
    """Give a network the weights of a file; ValueError if they do not fit."""
    ours, found = (kind_of(network), network.sizes), (content["kind"], content["sizes"])
    if ours != found:
        raise ValueError(f"{path} holds another network: expected {ours}, found {found}")
    try:
        network.load_state_dict(content["weights"])
    except RuntimeError as error:
        raise ValueError(f"{path} does not fit its own sizes: {error}") from error
