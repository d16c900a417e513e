"""``zkmargin model``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.files import write_text
from zkmargin.errors import InputError
from zkmargin.proofs.instances import instances
from zkmargin.risk.adjustment import load_adjustment, parse_buffer
from zkmargin.risk.model import bundled_models, model_summary
from zkmargin.risk.model_file import model_text
from zkmargin.spec.layout import smallest_layout

from . import typed
from .histories import AdjustmentFile, AllowGaps, ShiftDays, describe_history, parse_histories
from .options import Json, chosen_model
from .output import print_json, print_line
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.risk.history import History
    from zkmargin.risk.model import Model

__all__ = ["model_app"]

model_app = typed.Group()

_SUFFIX = "_adjusted"
_PRICE, _VOLATILITY = "price_scan_range", "volatility_scan_range"
_ModelName = Annotated[str, typed.Argument(help="The margin model: a name or a TOML file.")]


@model_app.command("list")
def list_models(
    text: Annotated[
        str,
        typed.Argument(metavar="[TEXT]", help="Only those whose name or summary contains it, in any case."),
    ] = "",
    as_json: Json = False,
) -> None:
    """List the bundled models: what each is, its scenarios, and the circuits that prove accounts under it."""
    found = [
        one
        for one in map(_described, bundled_models())
        if text.lower() in f"{one['name']}\n{one['summary']}".lower()
    ]
    if as_json:
        print_json({"models": found})
        return
    rows = [
        (
            one["name"],
            str(one["scenarios"]),
            one["layout"],
            ", ".join(_families(one["circuits"])),
            one["summary"],
        )
        for one in found
    ]
    if rows:
        print_table(rows, headings=("model", "scenarios", "layout", "circuits", "summary"), right={1})
    print_line(f"{len(rows)} models; zkmargin circuits lists the circuits")


def _described(name: str) -> dict[str, Any]:
    model = chosen_model(name)
    layout = smallest_layout(len(model.scenarios))
    return {
        "name": name,
        "scenarios": len(model.scenarios),
        "layout": layout.name,
        "circuits": [one.name for one in instances() if one.shape.layout == layout],
        "summary": model_summary(name),
    }


def _families(names: list[str]) -> list[str]:
    return list(dict.fromkeys(f"{name.rpartition('_')[0]}_*" for name in names))


@model_app.command()
def show(model: _ModelName, as_json: Json = False) -> None:
    """Show a model as TOML, with all defaults.

    To define your own model, save and edit it.
    """
    found = chosen_model(model)
    if as_json:
        print_json(found.to_json())
    else:
        print_line(model_text(found).rstrip("\n"))


@model_app.command()
def adjust(  # noqa: PLR0913, PLR0917  # the options of a command
    model: _ModelName,
    out: Annotated[Path, typed.Option("-o", "--out", help="The model file to write, TOML.")],
    history: Annotated[
        list[str] | None,
        typed.Option("--history", help="Daily closes, CSV: UNDERLYING=FILE. Once per underlying."),
    ] = None,
    volatility: Annotated[
        list[str] | None,
        typed.Option(
            "--volatility",
            help="Daily closes of an implied volatility at 30 days, such as DVOL, CSV: UNDERLYING=FILE.",
        ),
    ] = None,
    adjustment: AdjustmentFile = None,
    buffer: Annotated[
        str | None,
        typed.Option(
            "--buffer",
            help="The option against procyclicality: none, buffer, stressed or floor; the adjustment's if left out.",
        ),
    ] = None,
    allow_gaps: AllowGaps = False,
    shift_days: ShiftDays = 0,
    as_json: Json = False,
) -> None:
    """Set the scan ranges of a model to those that daily prices and volatilities imply."""
    from zkmargin.risk.scan_range import range_days, scan_range_now  # noqa: PLC0415

    before = chosen_model(model)
    rules = load_adjustment(adjustment)
    if buffer is not None:
        rules = replace(rules, option=parse_buffer(buffer, "--buffer"))
    if not history and not volatility:
        raise InputError("expected --history or --volatility", source="model adjust")
    after = replace(before, name=_adjusted_name(before.name))
    changes: list[tuple[str, History]] = []
    for key, texts in ((_PRICE, history), (_VOLATILITY, volatility)):
        for one in parse_histories(texts or [], allow_gaps=allow_gaps, shift_days=shift_days):
            found = scan_range_now(one, rules, range_days(before))
            if not found:
                moving = "prices" if key == _PRICE else "volatilities"
                raise InputError(f"cannot derive a range: the {moving} never move", source=one.name)
            change = after.with_range if key == _PRICE else after.with_volatility_range
            after = change(one.name, found)
            changes.append((key, one))
    origin = (
        f"The model {before.name}, its scan ranges set from daily closes:",
        f'adjustment {rules.name}, option against procyclicality "{rules.option}".',
    )
    lines = [_describe(key, one, before, after) for key, one in changes]
    write_text(out, model_text(after, [*origin, *lines]))
    if as_json:
        ranges = [
            {
                "underlying": one.name,
                "range": key,
                "before": _shown_range(before, one.name, key),
                "after": _shown_range(after, one.name, key),
            }
            for key, one in changes
        ]
        print_json({"file": str(out), "model": after.name, "option": str(rules.option), "ranges": ranges})
        return
    print_line(f"{out}: {after.name}, option {rules.option}")
    for line in lines:
        print_line(f"  {line}")


def _adjusted_name(name: str) -> str:
    return name if name.endswith(_SUFFIX) else name[: 32 - len(_SUFFIX)] + _SUFFIX


def _describe(key: str, history: History, before: Model, after: Model) -> str:
    old, new = (_shown_range(one, history.name, key) for one in (before, after))
    name = history.name if key == _PRICE else f"{history.name} volatility"
    return f"{name}: {new}, was {old} in {before.name}; {describe_history(history)}"


def _shown_range(model: Model, underlying: str, key: str) -> str:
    return decimal_text(getattr(model.ranges(underlying), key))
