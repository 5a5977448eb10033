"""Colours from red over white to blue, which the colour-blind can tell apart; black text is readable on each."""

_RED, _WHITE, _BLUE = (244, 125, 105), (255, 255, 255), (112, 160, 228)


def diverging(strength: float) -> str:
    """Return a colour as `#rrggbb`: red at -1, white at 0, blue at 1; beyond these, the nearer end."""
    end = _BLUE if strength > 0 else _RED
    part = min(abs(strength), 1.0)
    mixed = [round(white + part * (edge - white)) for white, edge in zip(_WHITE, end, strict=True)]
    return "#" + "".join(f"{value:02x}" for value in mixed)
