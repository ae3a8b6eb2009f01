/* Saves a section or a task while one types, says so in one line, and keeps in this browser what could not be saved.

   One save at a time is on its way. Each names its page and counts on (`turn`), and the server takes them in that
   order whatever order they arrive in (portal/domain/saving.py); so neither a slow save nor a lost answer can put an
   older text over a newer one, or make the page clash with itself. */

const PREFIX = "draft:"; // js/kept.js removes by it.
const PAUSE = 2_000; // milliseconds without a key before a save
const APART = 10_000; // between two saves, and the longest that steady typing waits for one
const PATIENCE = 60_000; // the longest between two tries while there is no connection
const SPOKEN_EVERY = 60_000; // screen readers hear "Saved" at most this often

const form = document.querySelector("form[data-autosave]");
const line = document.querySelector("[data-draft-line]");
const spoken = document.querySelector("[data-draft-spoken]");

const field = (name) => form.elements.namedItem(name);
const controls = () => [...form.elements].filter((each) => each.name && !["hidden", "file", "submit"].includes(each.type));

/* What one typed, by field; several ticked boxes of one name as a list. */
function typed() {
  const data = new FormData(form);
  return Object.fromEntries(controls().map(({ name }) => [name, data.getAll(name)]));
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// -- What is kept in this browser ---------------------------------------------------------------

const SECTION = `${PREFIX}${field("writer").value}:${location.pathname}:`;
const KEY = SECTION + field("page").value;

function keep() {
  try {
    if (same(typed(), saved)) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify({ at: new Date().toISOString(), answers: typed() }));
    return true;
  } catch {
    return false; // refused or full
  }
}

function forget(key = KEY) {
  try {
    localStorage.removeItem(key);
  } catch {
    /* As above. */
  }
}

function kept() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(SECTION) && key !== KEY);
    return keys.map((key) => [key, JSON.parse(localStorage.getItem(key))]);
  } catch {
    return [];
  }
}

// -- Saving -----------------------------------------------------------------------------------------

let saved = typed(); // as the server has it, as far as we know
let sending = null; // what is on its way
let lastSent = -APART;
let changedAt = null; // since when something is unsaved
let failures = 0;
let stopped = false;
let timer;

function changed() {
  changedAt ??= performance.now();
  keep();
  if (stopped || sending) return;
  const now = performance.now();
  plan(Math.max(lastSent + APART, Math.min(now + PAUSE, changedAt + APART)) - now);
}

function plan(wait) {
  clearTimeout(timer);
  timer = setTimeout(save, Math.max(wait, 0));
}

function save() {
  clearTimeout(timer);
  if (stopped || sending) return;
  if (failures === 0 && same(typed(), saved)) {
    changedAt = null;
    return;
  }
  sending = typed();
  tellUnheard();
  unheard = [...unheard.slice(0, 1), sending.text?.[0] ?? ""];
  lastSent = performance.now();
  nextTurn();
  form.dispatchEvent(new CustomEvent("drafting"));
  window.htmx.trigger(line, "draft");
}

/* A task has no memory of pages; its form says instead what it sent and heard nothing back about: the first such text,
   after which a connection usually is gone, and the newest, which may still be on its way (saving.goes_on). */
let unheard = [];
function tellUnheard() {
  if (!field("unheard")) return;
  field("unheard").value = unheard[0] ?? "";
  field("unheard_too").value = unheard.at(-1) ?? "";
}

function nextTurn() {
  field("turn").value = Number(field("turn").value) + 1;
}

line.addEventListener("htmx:configRequest", ({ detail }) => {
  for (const [name, value] of [...detail.formData]) {
    if (value instanceof File) detail.formData.delete(name);
  }
});

// Any answer that is not our line is a page about some failure: it does not belong there.
const isLine = (xhr) => xhr?.responseText?.includes("data-state=");
line.addEventListener("htmx:beforeSwap", (event) => {
  event.detail.shouldSwap = isLine(event.detail.xhr);
});

line.addEventListener("htmx:afterRequest", ({ detail }) => {
  const sent = sending;
  sending = null;
  if (!sent) return; // given up, because the page is being left
  if (isLine(detail.xhr)) answered(sent, line.querySelector("[data-state]"));
  else failed(detail.xhr?.status > 0);
});

function answered(sent, answer) {
  const { state } = answer.dataset;
  if (state === "saved") {
    saved = sent;
    unheard = [];
    failures = 0;
    changedAt = null;
    field("version").value = answer.dataset.version;
    form.dispatchEvent(new CustomEvent("drafted"));
    keep();
    say("saved", answer.textContent);
    if (!same(typed(), saved)) changed();
    return;
  }
  if (state === "ended") field("csrf_token").value = answer.dataset.token;
  if (state === "stopped") stopped = true;
  failures += 1;
  if ("forget" in answer.dataset) forget();
  else if (!keep()) leaveOpen();
  say(state, answer.textContent);
}

/* `reached`: the portal answered, but with an error of its own. */
function failed(reached) {
  failures += 1;
  const why = reached ? "the portal could not answer" : "no connection";
  line.replaceChildren(Object.assign(document.createElement("p"), { textContent: `Not saved: ${why}. ` }));
  line.firstChild.dataset.state = "failed";
  if (keep()) line.firstChild.append("Your text is kept in this browser, and will be sent again.");
  else leaveOpen();
  say("failed", line.textContent);
  plan(Math.min(APART * 2 ** (failures - 1), PATIENCE));
}

function leaveOpen() {
  line.firstElementChild.append(" This browser keeps nothing by itself: leave this page open.");
}

/* Every failure is announced, "Saved" when it is news. */
let spokenState = "";
let spokenAt = -SPOKEN_EVERY;
function say(state, text) {
  const now = performance.now();
  if (state === "saved" && spokenState === "saved" && now - spokenAt < SPOKEN_EVERY) return;
  if (state === "failed" && spokenState === "failed") return;
  [spokenState, spokenAt] = [state, now];
  spoken.textContent = text.replace(/\s+/g, " ").trim();
}

// -- Leaving, and coming back -----------------------------------------------------------------------

form.addEventListener("submit", () => {
  clearTimeout(timer);
  stopped = true;
  keep();
  if (sending) window.htmx.trigger(line, "htmx:abort");
  sending = null;
  tellUnheard();
  nextTurn(); // this save is later than any that may still arrive
});

window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) stopped = false;
});

const retry = () => {
  if (failures > 0 && !document.hidden) save();
};
window.addEventListener("online", retry);
window.addEventListener("focus", retry);
window.addEventListener("pagehide", keep);

/* A time of another day is told with its day. */
setInterval(() => {
  const time = line.querySelector("time[data-dated]");
  if (time && new Date(time.dateTime).toDateString() !== new Date().toDateString()) time.textContent = time.dataset.dated;
}, 60_000);

// -- What was kept and never saved, offered back ----------------------------------------------------

function offer(key, { at, answers }) {
  const differing = Object.keys(answers).filter((name) => name in saved && !same(answers[name], saved[name]));
  if (differing.length === 0) {
    forget(key);
    return;
  }
  const box = document.querySelector("template[data-draft-offer]").content.firstElementChild.cloneNode(true);
  const rows = box.querySelector("template");
  rows.remove();
  box.querySelector("time").textContent = new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  for (const name of differing) {
    const row = rows.content.firstElementChild.cloneNode(true);
    row.querySelector("dt").textContent = question(name);
    row.querySelector("dd").textContent = inWords(name, answers[name]) || "Nothing";
    box.querySelector("dl").append(row);
  }
  box.querySelector("[data-take]").addEventListener("click", () => {
    for (const name of differing) put(name, answers[name]);
    box.remove();
    form.dispatchEvent(new Event("input", { bubbles: true }));
    controls().find(({ name }) => name === differing[0])?.focus();
    forget(key);
  });
  box.querySelector("[data-drop]").addEventListener("click", () => {
    forget(key);
    box.remove();
    document.getElementById("main").focus();
  });
  form.before(box);
}

const named = (name) => controls().filter((each) => each.name === name);
const isChoice = ({ type }) => type === "radio" || type === "checkbox";

function question(name) {
  const [first] = named(name);
  const label = isChoice(first) ? first.closest("fieldset")?.querySelector("legend") : first.labels[0];
  return label?.textContent.trim() ?? name;
}

function inWords(name, values) {
  const labels = named(name).filter((each) => isChoice(each) && values.includes(each.value));
  return labels.length ? labels.map((each) => each.labels[0].textContent.trim()).join("\n") : values.join("\n");
}

function put(name, values) {
  for (const each of named(name)) {
    if (isChoice(each)) each.checked = values.includes(each.value);
    else each.value = values[0] ?? "";
    each.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

form.addEventListener("input", changed);
form.addEventListener("change", changed);
for (const [key, entry] of kept()) offer(key, entry);
line.hidden = false;
