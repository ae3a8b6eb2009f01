/* Keys for reading applications, on the page that has [data-review]. Everything they do has a button too.
   j/k next and previous, digits score the group that has the focus (or the first without a score) and go on to the
   next group, Ctrl+Enter save and next, ? help. They can be switched off, and the choice is kept in this browser. */

const KEY = "review-keys";
const page = document.querySelector("[data-review]");

const enabled = () => {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
};

const setEnabled = (on) => {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    /* Without storage the choice lasts for this page. */
  }
};

const isTyping = (target) =>
  target.closest("textarea, select, [contenteditable], input:not([type='radio'], [type='checkbox'])") !== null;

function scoreGroup() {
  const groups = [...document.querySelectorAll("[data-score-group]")];
  const focused = document.activeElement?.closest("[data-score-group]");
  return focused ?? groups.find((group) => !group.querySelector("input:checked")) ?? null;
}

function score(digit) {
  const group = scoreGroup();
  const input = group?.querySelector(`input[value="${CSS.escape(digit)}"]`);
  if (!input) return false;
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  // On to the next criterion, so that 4 2 5 scores three of them.
  const groups = [...document.querySelectorAll("[data-score-group]")];
  const next = groups[groups.indexOf(group) + 1] ?? group;
  (next.querySelector("input:checked") ?? next.querySelector("input")).focus();
  return true;
}

const follow = (selector) => {
  const link = document.querySelector(selector);
  link?.click();
  return Boolean(link);
};

function start() {
  const help = document.querySelector("[data-shortcut-help]");
  const toggle = document.querySelector("[data-shortcut-toggle]");
  const opener = document.querySelector("[data-shortcut-open]");
  let on = enabled();

  const openHelp = () => {
    if (!help || help.open) return false;
    help.showModal();
    return true;
  };
  if (opener && help) {
    opener.hidden = false;
    opener.addEventListener("click", openHelp);
  }
  if (toggle) {
    toggle.checked = on;
    toggle.addEventListener("change", () => {
      on = toggle.checked;
      setEnabled(on);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (!on || event.altKey || event.defaultPrevented || help?.open) return;
    let done = false;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const button = document.querySelector("[data-shortcut='save-next']");
      button?.click();
      done = Boolean(button);
    } else if (event.ctrlKey || event.metaKey || isTyping(event.target)) {
      return;
    } else if (event.key === "j") done = follow("a[rel='next'], [data-shortcut='next']");
    else if (event.key === "k") done = follow("a[rel='prev'], [data-shortcut='previous']");
    else if (/^[0-9]$/u.test(event.key)) done = score(event.key);
    else if (event.key === "?") done = openHelp();
    if (done) event.preventDefault();
  });
}

if (page) start();
