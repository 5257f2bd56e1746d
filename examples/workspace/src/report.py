"""Prints high tides as a table."""

from tides import high_tides


def table(readings: list[tuple[float, float]]) -> str:
    rows = [f"{hour:>5.1f} h  {metres:.2f} m" for hour, metres in high_tides(readings)]
    return "\n".join(rows) or "no high tide"


if __name__ == "__main__":
    print(table([(0, 1.1), (3, 2.4), (6, 4.0), (9, 2.2), (12, 0.9), (15, 2.6), (18, 4.3), (21, 2.0)]))
