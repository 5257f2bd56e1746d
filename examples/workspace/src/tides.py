"""Finds high tides in a list of (hour, metres) readings."""


def high_tides(readings: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Readings that are higher than both of their neighbours."""
    return [
        here
        for before, here, after in zip(readings, readings[1:], readings[2:])
        if here[1] > before[1] and here[1] >= after[1]
    ]
