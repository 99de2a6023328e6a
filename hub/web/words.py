"""What templates say: sentences, times with their zone, numbers, badges. Indonesian first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup

from hub.domain.agency import ZONES
from hub.language import say, sentences

_LABELS = {timedelta(hours=7): "WIB", timedelta(hours=8): "WITA", timedelta(hours=9): "WIT"}
_MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
TONES: Mapping[str, str] = {
    # word → how calm it looks; what is not listed rests
    "live": "good", "ok": "good", "delivered": "good", "sent": "good", "handed_over": "good", "replayed": "good",
    "running": "busy", "sending": "busy", "observe": "rest", "waiting": "rest", "observed": "rest",
    "late": "warn", "silent": "warn", "paused": "warn", "partial": "warn", "held": "warn", "no_route": "warn",
    "stopped": "warn", "down": "bad", "failed": "bad", "refused": "bad", "quarantine": "bad", "open": "warn",
    "unknown": "ask", "guarded": "guard",
}  # fmt: skip


def zone_of(text: str | None) -> tzinfo:
    """WIB, WITA, WIT or an IANA name; nothing said means WIB."""
    name = text or "WIB"
    return ZoneInfo(ZONES.get(name.upper(), name))


def t(code: str, /, **facts: Any) -> str:
    return say(code, g.language, {name: _shown(value) for name, value in facts.items()})


def explain(code: str | None, facts: Mapping[str, Any] | None = None) -> str:
    """The sentence of an error: its code and facts as they were stored."""
    return t(code, **{str(name): value for name, value in (facts or {}).items()}) if code else ""


def word(kind: str, value: object) -> str:
    """A state in the reader's words; a value nobody foresaw is shown as it is."""
    code = f"word.{kind}.{value}"
    if code in sentences():
        return t(code)
    skipped = str(value).partition("skipped: ")[2] if kind == "count" else ""
    return t("word.count.skipped_because", why=skipped) if skipped else str(value)


def badge(kind: str, value: object, tone: str | None = None) -> Markup:
    return Markup('<span class="badge {}">{}</span>').format(tone or TONES.get(str(value), "rest"), word(kind, value))


def clock(moment: datetime, zone: tzinfo, language: str, *, seconds: bool = False) -> str:
    """``23 Nov 2026 19.35 WIB``: never a time without its zone."""
    local = moment.astimezone(zone)
    offset = local.utcoffset()
    label = _LABELS.get(offset or timedelta(0)) or local.strftime("UTC%z")
    point = "." if language == "id" else ":"
    exact = f"{local:%H}{point}{local:%M}{point}{local:%S}" if seconds else f"{local:%H}{point}{local:%M}"
    return f"{local.day} {_MONTHS[language][local.month - 1]} {local.year} {exact} {label}"


def time(moment: datetime | None, zone: str | None = None, *, seconds: bool = False) -> Markup:
    if moment is None:
        return Markup('<span class="soft">–</span>')
    shown = clock(moment, zone_of(zone) if zone else g.zone, g.language, seconds=seconds)
    return Markup('<time datetime="{}">{}</time>').format(moment.astimezone(UTC).isoformat(timespec="seconds"), shown)


def ago(moment: datetime | None, zone: str | None = None) -> Markup:
    """How long since, with the exact time on hover and for machines."""
    if moment is None:
        return Markup('<span class="soft">{}</span>').format(t("page.ago.never"))
    seconds = (g.now - moment).total_seconds()
    exact = clock(moment, zone_of(zone) if zone else g.zone, g.language)
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(stamp, exact, _distance(seconds))


def _distance(seconds: float) -> str:
    size = abs(seconds)
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if size >= length:
            return t(f"page.ago.{unit}" if seconds >= 0 else f"page.in.{unit}", n=int(size // length))
    return t("page.ago.now")


def took(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return "–"
    seconds = (end - start).total_seconds()
    if seconds < 60:
        return t("page.took.seconds", n=f"{seconds:.1f}".replace(".", "," if g.language == "id" else "."))
    return t("page.took.minutes", n=int(seconds // 60), s=int(seconds % 60))


def number(value: float | None) -> str:
    if value is None:
        return "–"
    text = f"{value:,}"
    return text.replace(",", ".") if g.language == "id" else text


def _shown(value: Any) -> Any:
    return number(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000 else value


def teach(app: Flask) -> None:
    """Give every template these words."""
    app.jinja_env.globals.update(t=t, explain=explain, word=word, badge=badge)
    app.jinja_env.filters.update(time=time, ago=ago, number=number)
    app.jinja_env.globals.update(took=took)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
