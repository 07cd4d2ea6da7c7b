// Messages that come and go at the edge of the page, read aloud by screen readers.

const LASTS = 6000; // milliseconds; errors stay until they are closed

/** Show a message: `kind` is "good" or "bad"; `hint` says what can be done. */
export function toast(message, { kind = "good", hint = "" } = {}) {
  const shelf = document.getElementById(kind === "bad" ? "alerts" : "notices");
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  const text = document.createElement("div");
  text.textContent = message;
  if (hint) {
    const more = document.createElement("div");
    more.className = "hint";
    more.textContent = hint;
    text.append(more);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button plain small";
  close.textContent = "Close";
  close.addEventListener("click", () => box.remove());
  box.append(text, close);
  shelf.append(box);
  if (kind !== "bad") setTimeout(() => box.remove(), LASTS);
}

/** Show an error: what `api.js` throws, or a defect of ours. */
export function tell(error) {
  toast(error.message, { kind: "bad", hint: error.problem?.hint ?? "" });
}
