"""How much the wind adds to the tide, in metres."""


def surge(knots: float, onshore: bool) -> float:
    return round(0.012 * knots if onshore else -0.008 * knots, 3)
