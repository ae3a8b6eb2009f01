"""Whatever the portal writes into its data folder is for its own account alone, also where the shell is generous."""

import os
import subprocess
import sys
from pathlib import Path


def test_everything_in_the_data_folder_is_for_this_account_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environ = {"PATH": os.environ["PATH"], "PORTAL_MODE": "demo", "PORTAL_DATA_DIR": str(data)}
    steps = (["init"], ["seed", "--applicants", "2"])
    generous = os.umask(0)
    try:
        for step in steps:
            run = subprocess.run(
                [sys.executable, "-m", "portal", *step],
                env=environ,
                cwd=Path(__file__).parent.parent,
                capture_output=True,
                text=True,
                check=False,
            )
            assert run.returncode == 0, run.stderr
    finally:
        os.umask(generous)
    modes = {
        str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777
        for path in [data, *data.rglob("*")]
    }
    assert "data/portal.db" in modes
    assert any(name.startswith("data/files/") for name in modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
