"""The browser that the tests and the screenshots drive: the system's Chromium, without a window."""

import os
import shutil

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program() -> str:
    """Where it is. PORTAL_CHROMIUM names another one. Raises FileNotFoundError with what to do."""
    found = os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium")
    if found is None:
        raise FileNotFoundError(
            "There is no Chromium here, and this drives one. Install the package `chromium`, "
            "or set PORTAL_CHROMIUM to the program."
        )
    return found
