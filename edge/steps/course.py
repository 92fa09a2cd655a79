"""One number followed in time: where it is, how fast it goes, and how far both may be wrong.

A Kalman filter (Kalman, 1960) for constant speed with random accelerations, on one axis. Times are seconds, so that
frames may come as they like; what is not seen for a while becomes less certain by itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Course:
    """An estimate. Units are those of what is followed, and that for each second."""

    value: float
    rate: float
    value_variance: float
    covariance: float
    rate_variance: float

    @classmethod
    def begun(cls, value: float, noise: float, rate: float) -> Course:
        """From one measurement: ``noise`` is its standard deviation, ``rate`` that of rates in general."""
        return cls(value, 0.0, noise**2, 0.0, rate**2)

    def ahead(self, seconds: float, wander: float) -> Course:
        """So much later. ``wander`` is how far the rate strays in a second, as a standard deviation."""
        strays = wander**2
        return Course(
            self.value + self.rate * seconds,
            self.rate,
            self.value_variance
            + seconds * (2 * self.covariance + seconds * self.rate_variance)
            + strays * seconds**3 / 3,
            self.covariance + seconds * self.rate_variance + strays * seconds**2 / 2,
            self.rate_variance + strays * seconds,
        )

    def corrected(self, measured: float, noise: float) -> Course:
        """After a measurement with that standard deviation."""
        total = self.value_variance + noise**2
        for_value, for_rate = self.value_variance / total, self.covariance / total
        away = measured - self.value
        return Course(
            self.value + for_value * away,
            self.rate + for_rate * away,
            (1 - for_value) * self.value_variance,
            (1 - for_value) * self.covariance,
            self.rate_variance - for_rate * self.covariance,
        )

    def surprise(self, measured: float, noise: float) -> tuple[float, float]:
        """How far off a measurement is, as a squared number of standard deviations, and their square."""
        total = self.value_variance + noise**2
        return (measured - self.value) ** 2 / total, total
