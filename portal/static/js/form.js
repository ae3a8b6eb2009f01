/* Long forms: word counts, a warning before unsaved text is left, one submit at a time, focus on the errors. */

/* As portal/domain/questions.py counts: white space is what either language takes for it. */
const words = (text) => (text.match(/[^\s\u001c-\u001f\u0085]+/gu) ?? []).length;

/* The server's error about too many words goes as soon as they fit; any other stays until the next answer. */
function wordsFit(area) {
  const box = document.getElementById(`${area.id}-error`);
  if (!box || !/words? over the limit/u.test(box.textContent)) return;
  box.remove();
  area.classList.remove("is-invalid");
  area.removeAttribute("aria-invalid");
  area.closest(".field")?.classList.remove("has-error");
  const described = (area.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== `${area.id}-error`);
  area.setAttribute("aria-describedby", described.join(" "));
}

function countWords(area) {
  const budget = Number(area.dataset.wordBudget);
  const line = document.getElementById(`${area.id}-count`);
  if (!budget || !line) return;
  // Announced a moment after typing stops, not at each key.
  const spoken = document.createElement("span");
  spoken.className = "visually-hidden";
  spoken.setAttribute("aria-live", "polite");
  line.after(spoken);
  let timer;
  const sentence = () => {
    const count = words(area.value);
    const over = count - budget;
    line.classList.toggle("is-over", over > 0);
    if (over <= 0) wordsFit(area);
    if (over > 0) return `${count} of ${budget} words: ${over} too many.`;
    return `${count} of ${budget} words.`;
  };
  line.textContent = sentence();
  area.addEventListener("input", () => {
    line.textContent = sentence();
    clearTimeout(timer);
    timer = setTimeout(() => {
      spoken.textContent = line.textContent;
    }, 1200);
  });
}

/* What people typed and chose, without the hidden values by which a form steers itself. */
const written = (form) => {
  const own = [...new FormData(form)].filter(([name]) => form.elements.namedItem(name)?.type !== "hidden");
  return new URLSearchParams(own).toString();
};

function guardForm(form) {
  let startedWith = written(form);
  let onItsWay = startedWith;
  // What came back with errors was never saved, so leaving it needs a warning at once.
  let unsaved = form.querySelector("[aria-invalid='true'], .has-error") !== null;
  let sending = false;

  const check = (event) => {
    // A chosen file looks the same as none once written out, so it counts by itself.
    unsaved = event.target.type === "file" || written(form) !== startedWith;
  };
  // What js/autosave.js has saved needs no warning.
  form.addEventListener("drafting", () => {
    onItsWay = written(form);
  });
  form.addEventListener("drafted", () => {
    startedWith = onItsWay;
    unsaved = written(form) !== startedWith;
  });
  form.addEventListener("input", check);
  form.addEventListener("change", check);

  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !sending) event.preventDefault();
  });

  form.addEventListener("submit", (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    sending = true;
    form.setAttribute("aria-busy", "true");
    // A lost connection or a download leaves the page standing: it must be possible to send again.
    setTimeout(release, 8000);
  });

  function release() {
    sending = false;
    form.removeAttribute("aria-busy");
  }
  window.addEventListener("pageshow", release); // Back from the page cache.
}

document.querySelectorAll("textarea[data-word-budget]").forEach(countWords);
document.querySelectorAll("form[method='post'][data-guard]").forEach(guardForm);
document.querySelector("[data-autofocus]")?.focus();
