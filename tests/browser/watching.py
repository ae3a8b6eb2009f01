"""Whether anything that people wrote came to life in a browser: a dialog, a request to another host, a refusal by the
content security policy, an element or attribute that words must never become, braces that were worked out."""

from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request
from playwright.sync_api import Error as PlaywrightError

from tests.support.payloads import SEVEN

ADDRESS_OF_THE_PAGE = ("about:blank", "data:", "blob:", "chrome-error:")

# Says each refusal of the policy where the page can be asked for them; runs before anything of the page does.
LISTEN = """
window.refusedByPolicy = [];
document.addEventListener("securitypolicyviolation",
  (event) => window.refusedByPolicy.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""

# `own` is the address that everything must come from; `styles` says that the document brings a style sheet of its own.
LOOK = """
({own, styles, seven}) => {
  const wrong = [...(window.refusedByPolicy ?? [])].map((each) => "policy: " + each);
  const never = "base, iframe, frame, object, embed, meta[http-equiv=refresh i], math, foreignObject, animate, set, " +
    "svg a, marquee, portal, body body, noscript noscript" + (styles ? "" : ", style");
  for (const element of document.querySelectorAll(never)) wrong.push("element: " + element.outerHTML.slice(0, 120));
  const leads = new Set(["href", "xlink:href", "src", "action", "formaction", "data", "poster", "background", "ping"]);
  const loads = new Set(["src", "srcset", "action", "formaction", "data", "poster", "background", "ping"]);
  for (const element of document.querySelectorAll("*")) {
    for (const {name, value} of element.attributes) {
      const said = `${element.tagName.toLowerCase()} ${name}=${value.slice(0, 100)}`;
      const bare = value.replace(/[\\s\\u0000-\\u001f]/g, "").toLowerCase();
      if (name.startsWith("on") || name === "srcdoc") wrong.push("attribute: " + said);
      if (name === "style" && /url\\(|expression/i.test(value)) wrong.push("style: " + said);
      if (leads.has(name) && /^(javascript|vbscript|data):/.test(bare) &&
          !(element.tagName === "IMG" && bare.startsWith("data:image/"))) wrong.push("address: " + said);
      const loading = loads.has(name) || (element.tagName === "LINK" && name === "href");
      if (loading && /^(https?:)?\\/\\//.test(bare) && !bare.startsWith(own)) wrong.push("loads: " + said);
    }
  }
  if (document.documentElement.outerHTML.includes(seven)) wrong.push("braces were worked out");
  return wrong;
}
"""


@dataclass
class Watch:
    """Everything that came to life in the browsers that it watches, in words; `pages` counts what was looked at."""

    own: str
    wrong: list[str] = field(default_factory=list)
    pages: int = 0

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(LISTEN)
        context.on("dialog", self._note_dialog)
        context.on("request", self._note_request)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.wrong.append(f"uncaught: {error.error}"))

    def look(self, where: str, page: Page, *, styles: bool = False) -> None:
        """At the page as it stands now. `styles`: its own style sheet is no fault."""
        self.pages += 1
        told = {"own": self.own, "styles": styles, "seven": SEVEN}
        try:
            found = page.evaluate(LOOK, told)
        except PlaywrightError:
            found = ["went elsewhere by itself"]
        self.wrong += [f"{where}: {each}" for each in found]

    def _note_dialog(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":  # ours: it asks whether to leave what is not saved
            dialog.accept()
            return
        self.wrong.append(f"dialog: {dialog.message}")
        with suppress(PlaywrightError):  # some pages have left by now
            dialog.dismiss()

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if not request.url.startswith((self.own, *ADDRESS_OF_THE_PAGE)):
            self.wrong.append(f"foreign request: {parts.scheme}://{parts.netloc}{parts.path}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.wrong.append(f"policy: {message.text}")
