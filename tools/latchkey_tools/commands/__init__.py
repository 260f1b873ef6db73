"""The commands, each a module: its first lines teach, `arguments(parser)` says what it takes, `run(options, out)` does it."""

COMMANDS = {
    "explain": "what a number, an error or a traceback means, and what to try",
    "flash": "install latchkey on a board: its core's files, board.py, certificates",
    "trust": "trust stores for boards: pack, list",
    "template": "templates of certificates that a chip keeps compressed",
    "chip": "look at a board's chip: info, report, random bytes, compare",
    "ca": "a certification authority of one's own: init",
    "provision": "give a chip its configuration, its key and its certificate",
    "psk": "the pre-shared key of a chip's identity, for its server",
    "scan": "look at a server before a board is connected to it",
    "connect": "have a board connect: at which step it ends, and what to do",
    "inspect": "run a handshake on a board and draw it: messages, time, heap, chain",
    "entropy": "draw a board's randomness, test it, draw a picture of it",
    "selftest": "known answers of a board's arithmetic, its sources, its chip; boards compared",
    "bench": "how long a board takes for each; boards compared",
    "completion": "completion for a shell",
}
