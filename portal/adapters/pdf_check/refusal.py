"""The one thing that every part of the check raises."""


class Unacceptable(Exception):
    """`reason` is a sentence for the person who chose the file."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


DAMAGED = "It is damaged or incomplete: it cannot be read as a PDF."
NOT_A_PDF = "Its content is not that of a PDF."
TWO_IN_ONE = "It is a PDF and another kind of file at once."
SCRIPT = "It holds a script. Only documents that do nothing by themselves are taken."
ACTION = "It does something by itself when it is opened or clicked, beyond leading to a page."
ATTACHMENT = "It has other files attached to it."
MEDIA = "It holds sound, film or three-dimensional content."
XFA = "It is a form of a kind that most readers cannot show (XFA)."
ENCRYPTED = "It is encrypted or protected with a password."
TOO_DEEP = "It is built in too many levels to be read safely."
IN_CIRCLES = "Parts of it refer to themselves in a circle."
