"""Which letters of the world may stand in a sentence for people, loaded where a name has others than ASCII.

A peer chooses the names in its certificates. A control character would be obeyed by a terminal, one that changes the direction of writing
would put the sentence in another order, one that can't be seen would make two names look alike, a separator of lines would end the line. So
only those blocks of Unicode are allowed that have nothing of that kind: alphabets written from left to right, and what China, Japan and
Korea write. Marks that are put over other letters, symbols and private characters are not letters.
"""

# First and last code point of each, two by two.
_BLOCKS = (
    (0x20, 0x7E),
    (0xA1, 0xAC),  # Latin-1 up to the soft hyphen
    (0xAE, 0x24F),  # Latin
    (0x386, 0x38A),  # Greek, Cyrillic
    (0x38E, 0x3A1),
    (0x3A3, 0x482),
    (0x48A, 0x52F),
    (0x531, 0x556),  # Armenian
    (0x561, 0x587),
    (0x10D0, 0x10FF),  # Georgian
    (0x1E00, 0x1EFF),  # Latin as in Vietnam
    (0x3041, 0x3096),  # Japanese
    (0x30A1, 0x30FE),
    (0x4E00, 0x9FFF),  # Chinese
    (0xAC00, 0xD7A3),  # Korean
)


def are_plain(value):
    """Whether these octets are UTF-8 of letters from the blocks alone. No letter becomes a str: MicroPython would keep each for ever."""
    at = 0
    while at < len(value):
        first = value[at]
        size = 1 if first < 0x80 else 2 if 0xC2 <= first < 0xE0 else 3
        point = first if size == 1 else first & 0xFF >> size + 1
        if first > 0xEF or at + size > len(value):
            return False
        for i in range(at + 1, at + size):
            if value[i] & 0xC0 != 0x80:
                return False
            point = point << 6 | value[i] & 0x3F
        if (size == 3 and point < 0x800) or not any(low <= point <= high for low, high in _BLOCKS):
            return False
        at += size
    return True
