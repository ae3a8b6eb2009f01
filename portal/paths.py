"""Where templates, migrations and seeds lie: inside the installed package, else beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent


def _data_folder(name: str) -> Path:
    packaged = PACKAGE / name
    return packaged if packaged.is_dir() else CHECKOUT / name


TEMPLATES = _data_folder("templates")
MIGRATIONS = _data_folder("migrations")
SEEDS = _data_folder("seeds")
