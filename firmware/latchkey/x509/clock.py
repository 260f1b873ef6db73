"""Time as the 14 digits YYYYMMDDHHMMSS in bytes, in which dates of certificates are compared: no year is too far, no int too small."""

from latchkey.errors import Fault

_EXPIRED = const(550)
_NOT_YET_VALID = const(551)
_NO_CLOCK = const(552)
_EXPIRED_BEFORE_FLOOR = const(553)


def digits(seconds):
    """Of seconds since 1970 (proleptic Gregorian calendar, 1970 to 9999)."""
    days, rest = divmod(seconds, 86400)
    # Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days: years begin in March
    days += 719468
    era, day = divmod(days, 146097)
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    month += 3 if month < 10 else -9
    year += 400 * era + (month < 3)
    return b"%04d%02d%02d%02d%02d%02d" % (year, month, day, rest // 3600, rest // 60 % 60, rest % 60)


class Clock:
    """A time (`now`), or only one that has certainly passed (`floor`): then notAfter is judged by it, notBefore not at all.

    Both in seconds since 1970, or None.
    """

    def __init__(self, now, floor):
        if now is not None and floor is not None and now < floor:
            now = None  # a clock that was never set
        self.verified = now is not None
        time = now if self.verified else floor
        self.seconds = time
        self.now = None if time is None else digits(time)

    def judge(self, cert):
        """Fault unless `cert` is valid now (RFC 5280 section 6.1.3 (a)(2)); its detail has the dates."""
        self.judge_dates(cert.not_before, cert.not_after, cert.index)

    def judge_dates(self, not_before, not_after, which):
        """The same of dates, and `which` certificate they are of."""
        if self.now is None:
            raise Fault(_NO_CLOCK)
        if not_after < self.now:
            raise Fault(_EXPIRED if self.verified else _EXPIRED_BEFORE_FLOOR, self._said(which, "has expired on", not_after))
        if self.verified and self.now < not_before:
            raise Fault(_NOT_YET_VALID, self._said(which, "is not valid before", not_before))

    def _said(self, which, what, date):
        shown = [b"-".join((d[:4], d[4:6], d[6:8])).decode() for d in (date, self.now)]
        return "{} {} {}, and it is {}".format(which, what, shown[0], shown[1])
