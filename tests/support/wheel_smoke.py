"""Run by the CI in a clean environment that holds the wheel alone: set up, seed, and fetch pages.

Uses nothing but the installed portal. Fails when templates, migrations, seeds or static files are missing.
"""

import os
import subprocess
import sys
from pathlib import Path

PAGES = (
    "/", "/directions", "/directions/model-diffing", "/mentors", "/mentors/neel-nanda", "/papers",
    "/papers/batchtopk-saes", "/faq", "/dates", "/find", "/login", "/dates.ics", "/papers.atom",
    "/api/v1/papers", "/static/css/tokens.css", "/healthz", "/readyz",
)  # fmt: skip


def main() -> None:
    portal = Path(sys.executable).with_name("portal")
    for command in (["init"], ["seed", "--applicants", "5"], ["routes", "--json"]):
        subprocess.run([portal, *command], check=True, stdout=subprocess.DEVNULL)
    from portal.app import create_app

    app = create_app()
    assert "site-packages" in str(app.root_path), app.root_path
    client = app.test_client()
    base = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    for page in PAGES:
        answer = client.get(page, base_url=base)
        assert answer.status_code == 200, f"{page}: {answer.status_code}"
    print(f"{len(PAGES)} pages served from {Path(app.root_path).name} in the wheel")


if __name__ == "__main__":
    main()
