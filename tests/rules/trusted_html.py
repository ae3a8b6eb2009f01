import markupsafe
from markupsafe import Markup, escape


def shown(text: str) -> str:
    # ruleid: markup-made-outside-its-adapter
    one = Markup(text)
    # ruleid: markup-made-outside-its-adapter
    two = markupsafe.Markup("<b>") + text
    # ruleid: markup-made-outside-its-adapter
    return Markup("<i>%s</i>") % one + two


class Trusted(str):
    # ruleid: markup-made-outside-its-adapter
    def __html__(self) -> str:
        return self


def escaped(text: str) -> str:
    # ok: markup-made-outside-its-adapter
    return escape(text)
