"""Invented citizens and officers, the same for the same seed.

Every choice is drawn from the seed and the thing it is about, not from one running generator: it does not matter
in which order the systems are visited, or how often the hub came by meanwhile.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def texts() -> Mapping[str, Any]:
    data: Mapping[str, Any] = yaml.load(
        files("hub.sandbox").joinpath("texts.yaml").read_text("utf-8"), yaml.CSafeLoader
    )
    return data


class Fate:
    """Draws that depend on the seed and on what is decided, nothing else."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def _for(self, *about: object) -> random.Random:
        return random.Random("/".join(str(part) for part in (self.seed, *about)))  # noqa: S311 - invented people

    def happens(self, chance: float, *about: object) -> bool:
        return self._for(*about).random() < chance

    def one(self, choices: Sequence[Any], *about: object) -> Any:
        return self._for(*about).choice(choices)

    def number(self, low: int, high: int, *about: object) -> int:
        return self._for(*about).randint(low, high)

    def mark(self, *about: object) -> str:
        """Eight letters that no other text of this country carries."""
        draw = self._for("mark", *about)
        return "".join(draw.choice("bcdfghjklmnpqrstvwxz") for _ in range(8))


def citizen(fate: Fate, *about: object) -> dict[str, str]:
    """Nobody: names that say so, a number in a range that is given to no operator, mail to a reserved name."""
    names, serial = texts()["names"], fate.number(0, 9999, "phone", *about)
    first = fate.one(names["first"], "first", *about)
    last = fate.one(names["last"], "last", *about)
    return {
        "nama": f"{first} {last}",
        "telpon": f"084000{serial:06d}",
        "email": f"{first}.{last}{serial}@example.id".lower(),
    }


def complaint(fate: Fate, *about: object) -> dict[str, Any]:
    """What a citizen files: title, body, category, place, flags; see ``texts.yaml``."""
    template = fate.one(texts()["complaints"], "template", *about)
    street = fate.one(texts()["streets"], "street", *about)
    slots = {
        "jalan": street,
        "nomor": fate.number(1, 99, "house", *about),
        "rt": f"{fate.number(1, 12, 'rt', *about):02d}",
        "rw": f"{fate.number(1, 9, 'rw', *about):02d}",
        "hari": fate.number(2, 14, "days", *about),
        "tanda": fate.mark("complaint", *about),
    }
    return {
        "judul": template["title"].format_map(slots),
        "isi": template["body"].format_map(slots),
        "id_kategori": template["category"],
        "anonim": "1" if fate.happens(0.15, "anonymous", *about) else "0",
        "rahasia": "1" if template["category"] == "107" else "0",
        "pelapor": citizen(fate, *about),
        "lokasi": {
            "alamat": f"{street} No. {slots['nomor']}",
            "lintang": f"-{fate.number(6_000_000, 8_000_000, 'lat', *about) / 1_000_000:.6f}",
            "bujur": f"{fate.number(106_000_000, 112_000_000, 'lon', *about) / 1_000_000:.6f}",
        },
    }


def local(filed: Mapping[str, Any]) -> dict[str, str]:
    """The same complaint in the words of an agency's desk."""
    person, place = filed["pelapor"], filed["lokasi"]
    return {
        "title": filed["judul"],
        "body": filed["isi"],
        "category": filed["id_kategori"],
        "anonymous": filed["anonim"],
        "confidential": filed["rahasia"],
        "name": person["nama"],
        "phone": person["telpon"],
        "email": person["email"],
        "address": place["alamat"],
        "lat": place["lintang"],
        "lon": place["bujur"],
    }


def words(fate: Fate, kind: str, *about: object) -> str:
    """An answer, a reply or a reason for returning; answers and replies are unlike any other."""
    template: str = fate.one(texts()[kind], kind, *about)
    return template.format_map({"tanda": fate.mark(kind, *about)})
