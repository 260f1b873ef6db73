"""The alert protocol (RFC 5246 section 7.2): what a received alert means. Which alert a fault sends is in `errors.py`."""

from micropython import const

from latchkey.errors import Fault

_CLOSE_NOTIFY = const(0)
_USER_CANCELED = const(90)
_UNRECOGNIZED_NAME = const(112)
_WARNING = const(1)
_FATAL = const(2)

_ALERT_RECEIVED = const(305)
_BAD_ALERT_LEVEL = const(336)
_TOO_MANY_WARNINGS = const(341)

_WARNINGS_IN_A_ROW = const(4)


class Received:
    """The alerts of one connection. `closed` is set by close_notify; a fatal alert is raised as a Fault and never answered."""

    def __init__(self):
        self.warnings = 0
        self.level = 0  # of an alert cut in two
        self.closed = False

    def feed(self, reader, trace):
        """Deal with the alert bytes that are ready in `reader`."""
        while reader.start < reader.end and not self.closed:
            byte = reader.buf[reader.take(1)]
            if self.level:
                level, self.level = self.level, 0
                self._alert(level, byte, trace)
            elif byte in (_WARNING, _FATAL):
                self.level = byte
            else:
                raise Fault(_BAD_ALERT_LEVEL, byte)

    def _alert(self, level, description, trace):
        if trace:
            trace("<", "alert", 2, "%s %d" % ("fatal" if level == _FATAL else "warning", description))
        if description == _CLOSE_NOTIFY:
            self.closed = True
        elif level == _FATAL:
            raise Fault(_ALERT_RECEIVED, description)
        elif description in (_USER_CANCELED, _UNRECOGNIZED_NAME):
            self.warnings += 1
            if self.warnings > _WARNINGS_IN_A_ROW:
                raise Fault(_TOO_MANY_WARNINGS)
        else:
            raise Fault(_ALERT_RECEIVED, description)
