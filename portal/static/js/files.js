/* Questions and tasks that take a file: a wrong one is refused as soon as it is chosen, a good one is sent at once,
   while one goes on writing. Whatever goes wrong on the way, the file stays chosen and comes with the form. */

const inWords = (size) => (size < 1e6 ? `${Math.max(1, Math.round(size / 1000))} kB` : `${(size / 1e6).toFixed(1)} MB`);

/* Why this file cannot be taken, in the server's words; "" when nothing speaks against it yet. */
async function problemOf(file, words) {
  if (!/.\.pdf$/iu.test(file.name)) return words.type;
  if (file.type && file.type !== "application/pdf") return words.type;
  if (file.size === 0) return words.empty;
  if (file.size > Number(words.limit)) return words.size;
  const start = await file.slice(0, 1024).text();
  return start.includes("%PDF-") ? "" : words.content;
}

class FileField {
  constructor(field) {
    this.field = field;
    this.input = field.querySelector("input[type='file']");
    this.now = field.querySelector("[data-file-now]");
    this.status = field.querySelector("[data-file-status]");
    this.request = null;
    this.input.addEventListener("change", () => this.chosen());
  }

  async chosen() {
    this.request?.abort();
    this.refuse("");
    const file = this.input.files[0];
    if (!file) {
      this.say("");
      return;
    }
    const problem = await problemOf(file, this.field.dataset);
    if (this.input.files[0] !== file) return; // Another was chosen in the meantime.
    if (problem) {
      this.input.value = "";
      this.refuse(problem, file);
    } else {
      this.send(file);
    }
  }

  send(file) {
    const form = this.input.form;
    const data = new FormData();
    data.append("csrf_token", form.querySelector("input[name='csrf_token']").value);
    data.append("file", file);
    const request = new XMLHttpRequest();
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", `Sending ${file.name}`);
    this.say(`${file.name}, ${inWords(file.size)}: sending. You can go on writing. `, bar);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
      if (event.loaded === event.total) bar.removeAttribute("value"); // It is being checked.
    });
    request.addEventListener("load", () => this.answered(request, file));
    request.addEventListener("error", () => this.later(file));
    request.addEventListener("timeout", () => this.later(file));
    request.open("POST", this.field.dataset.href);
    request.responseType = "json";
    request.send(data);
    this.request = request;
  }

  answered(request, file) {
    const answer = request.response;
    if (request.status === 200 && answer?.now) {
      this.now.innerHTML = answer.now;
      // A task counts a file as a save: the page goes on from it.
      if (answer.version) this.input.form.elements.namedItem("version").value = answer.version;
      this.input.value = "";
      this.say(`${file.name} is saved.`);
      // Nothing is waiting in the control any more: whoever watches the form looks again.
      this.input.form.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (answer?.problem) {
      this.input.value = "";
      this.refuse(answer.problem, file, answer.late);
    } else {
      this.later(file);
    }
  }

  later(file) {
    this.say(`${file.name}, ${inWords(file.size)}: it could not be sent now. It is sent when you save.`);
  }

  say(text, element) {
    this.status.replaceChildren(text, ...(element ? [element] : []));
  }

  /* The same place and look as the server's own errors. An empty text takes the error away. */
  refuse(text, file, href) {
    const id = `${this.input.id}-error`;
    document.getElementById(id)?.remove();
    const described = this.input.getAttribute("aria-describedby").split(" ").filter((each) => each !== id);
    this.input.classList.toggle("is-invalid", text !== "");
    this.field.classList.toggle("has-error", text !== "");
    this.input.removeAttribute("aria-invalid");
    if (text) {
      const box = document.createElement("div");
      box.className = "field-error";
      box.id = id;
      box.setAttribute("role", "alert");
      const line = document.createElement("p");
      line.append(text);
      if (href) {
        const link = document.createElement("a");
        link.href = href;
        link.textContent = "See what is kept";
        line.append(" ", link);
      }
      box.append(line);
      this.now.before(box);
      this.input.setAttribute("aria-invalid", "true");
      this.say(file ? `${file.name}, ${inWords(file.size)}, was not taken.` : "");
      described.push(id);
    }
    this.input.setAttribute("aria-describedby", described.join(" "));
  }
}

document.querySelectorAll("[data-file-field]").forEach((field) => new FileField(field));
