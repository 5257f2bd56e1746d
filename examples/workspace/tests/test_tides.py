from tides import high_tides


def test_finds_the_peak_between_two_lower_readings():
    assert high_tides([(0, 1.0), (6, 4.0), (12, 1.2)]) == [(6, 4.0)]


def test_no_peak_in_rising_water():
    assert high_tides([(0, 1.0), (1, 2.0), (2, 3.0)]) == []
