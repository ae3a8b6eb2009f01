"""A page that saves itself, open in a browser: what js/autosave.js does with its form."""

from bs4 import BeautifulSoup

HTMX = {"HX-Request": "true"}


class Page:
    """A section open in a browser, with what its form holds."""

    def __init__(self, client, address):
        self.client, self.address = client, address
        form = client.page(address).find("form", attrs={"data-autosave": True})
        self.values = {
            field["name"]: field["value"] for field in form.find_all("input", type="hidden")
        }

    def saves_itself(self, **typed):
        """As js/autosave.js does: counted, and the version taken over from the answer."""
        answer = self.sends_late(self.next_turn(), **typed)
        line = BeautifulSoup(answer.text, "html5lib").find(attrs={"data-state": True})
        if line and line["data-state"] == "saved":
            self.values["version"] = line["data-version"]
        return answer

    def next_turn(self):
        self.values["turn"] = str(int(self.values["turn"]) + 1)
        return self.values["turn"]

    def sends_late(self, turn, **typed):
        """A save that was numbered before, and arrives now."""
        return self.client.post(
            f"{self.address}/draft", data={**self.values, "turn": turn, **typed}, headers=HTMX
        )

    def presses_save(self, **typed):
        self.next_turn()
        return self.client.post(self.address, data={**self.values, **typed})
