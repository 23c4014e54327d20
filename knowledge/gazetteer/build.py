"""Write `packs/gazetteer.json` from the data of the `vietnamadminunits` package (MIT).

`python -m knowledge.gazetteer.build`, once after the package has a new version. The package is read as data and
never imported: its import brings map libraries that the assistant has no use for.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from knowledge.gazetteer.names import PACK
from knowledge.text.diacritics import fold

PACKAGE = "vietnamadminunits"
SINCE = "2025-07-01"  # Nghị quyết 202/2025/QH15 and the law on two-tier local government
_KIND = re.compile(r"^(tỉnh|thành phố|xã|phường|đặc khu) ", re.IGNORECASE)

Row = tuple[str, ...]


def slug_of(name: str, *, whole: bool = False) -> str:
    """`Xã Bắc Bình` → `bac-binh`; with `whole`, `xa-bac-binh`."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(name if whole else _KIND.sub("", name)).lower()))


def commune_slugs(names: Sequence[str]) -> list[str]:
    """Slugs inside one province; communes whose short names look alike keep their kind, then a number."""
    short = Counter(slug_of(name) for name in names)
    slugs: list[str] = []
    for name in names:
        slug = slug_of(name) if short[slug_of(name)] == 1 else slug_of(name, whole=True)
        slugs.append(f"{slug}-{slugs.count(slug) + 1}" if slug in slugs else slug)
    return slugs


def data_folder() -> Path:
    """Where the installed package keeps its data."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{PACKAGE} is not installed: it is in deploy/requirements/dev.in")
    return Path(spec.origin).parent / "data"


def gather(folder: Path) -> dict[str, Any]:
    """The pack: today's places, and for every old one the numbers of the communes it became, the main one first."""
    with sqlite3.connect(f"file:{folder / 'dataset.db'}?mode=ro", uri=True) as data:
        today = data.execute(
            "SELECT provinceCode, wardCode, province, ward, provinceKey, wardKey FROM admin_units"
            " ORDER BY provinceCode, wardCode"
        ).fetchall()
        before = data.execute(
            "SELECT provinceKey, districtKey, wardKey, province, district, ward FROM admin_units_legacy"
            " ORDER BY provinceCode, districtCode, wardCode"
        ).fetchall()
    became = _became(json.loads((folder / "converter_2025.json").read_bytes()))
    provinces, communes, numbers = _today(today)
    return {
        "made_from": f"{PACKAGE} {version(PACKAGE)}",
        "since": SINCE,
        "provinces": provinces,
        "communes": communes,
        **_before(before, became, numbers),
    }


def _today(rows: Iterable[Row]) -> tuple[list[list[str]], list[list[str]], dict[tuple[str, str], int]]:
    by_province: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_province[row[0], row[2]].append(row)
    provinces: list[list[str]] = []
    communes: list[list[str]] = []
    numbers: dict[tuple[str, str], int] = {}
    for (code, name), inside in by_province.items():
        province = slug_of(name)
        provinces.append([code, province, name])
        for row, slug in zip(inside, commune_slugs([row[3] for row in inside]), strict=True):
            numbers[row[4], row[5]] = len(communes)
            communes.append([row[1], f"{province}/{slug}", row[3]])
    return provinces, communes, numbers


def _became(converter: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Old commune → the new ones, the one most of it went to first."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for old in olds:
                found[old].append((province, ward))
    for province, olds in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in olds.items():
            for part in sorted(parts, key=lambda part: not part["isDefaultNewWard"]):
                found[old].append((province, part["newWardKey"]))
    return found


def _before(
    rows: Iterable[Row], became: dict[str, list[tuple[str, str]]], numbers: dict[tuple[str, str], int]
) -> dict[str, list[Any]]:
    provinces: dict[str, int] = {}
    districts: dict[tuple[str, str], list[Any]] = {}
    places: dict[tuple[str, str], int] = {}
    communes = []
    for province_key, district_key, ward_key, province, district, ward in rows:
        new = [numbers[key] for key in became[f"{province_key}_{district_key or ''}_{ward_key or ''}"]]
        key = (province, district)
        if key not in districts:
            places[key] = len(districts)
            districts[key] = [district, provinces.setdefault(province, len(provinces)), []]
        districts[key][2] = list(dict.fromkeys([*districts[key][2], *new]))
        if ward:
            communes.append([ward, places[key], new])
    return {
        "old_provinces": list(provinces),
        "old_districts": list(districts.values()),
        "old_communes": communes,
    }


def main() -> None:
    pack = gather(data_folder())
    lines = []
    for name, value in pack.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in value)
            lines.append(f'"{name}": [\n{rows}\n]')
        else:
            lines.append(f'"{name}": {json.dumps(value)}')
    PACK.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
