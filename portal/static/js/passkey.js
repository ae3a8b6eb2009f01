/* Passkeys: ask the browser for one, and send its answer with the form. A form that only a passkey can fill stays hidden
   where the browser knows none. */

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/gu, "+").replace(/_/gu, "/")), (sign) => sign.codePointAt(0));

const base64 = (buffer) =>
  btoa(String.fromCodePoint(...new Uint8Array(buffer)))
    .replace(/\+/gu, "-")
    .replace(/\//gu, "_")
    .replace(/[=]+$/u, "");

const described = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

function readable(options) {
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
  if (options.allowCredentials) read.allowCredentials = described(options.allowCredentials);
  if (options.excludeCredentials) read.excludeCredentials = described(options.excludeCredentials);
  return read;
}

function answerOf(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = base64(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: base64(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: {},
  });
}

/* Why the browser gave no answer, in words for whoever sits before it. */
function inWords(error) {
  if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (error.name === "NotAllowedError") return "Nothing was confirmed: it was cancelled, took too long, or there is no passkey for this site here.";
  return "The browser could not use a passkey here. Try again, or take another way.";
}

async function ask(form) {
  const creates = form.dataset.passkey === "create";
  const sent = creates ? { method: "POST", body: new FormData(form) } : {};
  const told = await fetch(form.dataset.options, { ...sent, headers: { Accept: "application/json" } });
  if (!told.ok) throw new Error(String(told.status));
  const { publicKey, ticket } = await told.json();
  if (!publicKey) return form.submit(); // something is missing: the page that answers says what
  const asked = { publicKey: readable(publicKey) };
  const credential = await (creates ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
  form.elements.passkey_answer.value = answerOf(credential);
  form.elements.passkey_ticket.value = ticket;
  return form.submit();
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  const status = form.querySelector("[data-passkey-status]");
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    status.textContent = "Confirm on your device that it is you.";
    try {
      await ask(form);
    } catch (error) {
      status.textContent = inWords(error);
      button.disabled = false;
    }
  });
}
