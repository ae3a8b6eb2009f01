/* Text that js/autosave.js keeps in this browser belongs to one person: it goes once it is saved, when they sign out,
   and when somebody else signs in. Runs on every page that knows who is signed in. */

const PREFIX = "draft:"; // As js/autosave.js names what it keeps.

function forget(which) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && which(key)) localStorage.removeItem(key);
    }
  } catch {
    /* Storage may be refused; then nothing was kept either. */
  }
}

const viewer = document.body.dataset.viewer;
if (viewer) forget((key) => !key.startsWith(`${PREFIX}${viewer}:`));

for (const saved of document.querySelectorAll("[data-saved-page]")) {
  forget((key) => key.endsWith(`:${saved.dataset.savedPage}`));
}

document.querySelector("form[action='/logout']")?.addEventListener("submit", () => forget(() => true));
