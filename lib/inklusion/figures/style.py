"""One look for all figures: palette, Danish axes, and the same bytes on every run."""

import base64
import io
import re
from collections.abc import Callable
from html import escape

import seaborn as sns
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inklusion.blocks import Block
from inklusion.danish import number
from inklusion.disclosure.release import DRAFT, Released
from inklusion.provenance import SYNTHETIC

OWN, OTHER, THIRD, ACCENT, GREY, LIGHT = "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"
_SETTINGS = {
    **sns.axes_style("white"),
    "svg.hashsalt": "inklusion",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "text.color": "#1A1A1A",
}


def draw(
    name: str,
    released: Released,
    size: tuple[float, float],
    paint: Callable[[Figure], None],
    *,
    alt: str,
    caption: str,
) -> Block:
    """Paint a figure and wrap it with alt text, caption and the released rows behind it."""
    with rc_context(_SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        if not released.publishable:
            figure.text(
                0.5, 0.5, DRAFT.capitalize(), ha="center", va="center", size=26, color=THIRD, alpha=0.5, rotation=20
            )
        if released.edition == SYNTHETIC:
            figure.text(0.995, 0.995, "SYNTETISKE DATA", ha="right", va="top", size=8, weight="bold", color=THIRD)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    if not released.publishable:
        alt, caption = f"{alt}. {DRAFT.capitalize()}", f"{caption} {DRAFT.capitalize()}."
    if released.edition == SYNTHETIC:
        alt = f"Syntetiske data. {alt}"
        caption = caption if "Syntetiske data." in caption else f"{caption} Syntetiske data."
    image = base64.b64encode(_lean(buffer.getvalue())).decode()
    html = (
        f'<figure><img alt="{escape(alt, quote=True)}" src="data:image/svg+xml;base64,{image}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
    return Block(html, {name: released.to_csv()}, draft=not released.publishable)


def danish_axis(axes: Axes, *, x: bool = False, y: bool = False, unit: str = "") -> None:
    """Decimal comma on the chosen axes, unit on the last letter's place: ``5 %``."""
    suffix = " %" if unit == "pct." else ""
    for axis, wanted in ((axes.xaxis, x), (axes.yaxis, y)):
        if wanted:
            axis.set_major_formatter(lambda value, _: number(value, _decimals(value)) + suffix)


def _decimals(tick: float) -> int:
    """As many decimals as the tick needs: two neighbours never get the same label."""
    return next((count for count in range(3) if abs(tick - round(tick, count)) < 1e-9), 3)


def clean(axes: Axes, *, left: bool = True) -> None:
    """Remove the box around a panel, keep the axes that carry numbers."""
    sns.despine(ax=axes, left=not left)
    axes.tick_params(length=3, color=GREY)


def _lean(svg: bytes) -> bytes:
    """Without the XML prolog, whose addresses a report must not hold."""
    text = re.sub(r"^.*?(?=<svg)", "", svg.decode("utf-8"), flags=re.DOTALL)
    return re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL).encode("utf-8")
