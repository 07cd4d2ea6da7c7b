// The questions to the provider, as somebody rewrites them. A text is saved when the field is left, when typing pauses,
// and before the page is closed.

const PAUSE = 5_000; // milliseconds without a key

let keep = () => {};
let waiting = 0;

const fields = () => [...document.querySelectorAll("#queries textarea:not([readonly])")];

/** Unfold the questions and go to the first one. */
export function show() {
  const fold = document.getElementById("queries");
  if (!fold) return;
  fold.open = true;
  const field = fold.querySelector("textarea");
  field.focus();
  field.scrollIntoView({ block: "nearest" });
}

/** Have texts saved: `kept(item, text)` is called with each that was changed. */
export function watch(kept) {
  keep = kept;
  document.addEventListener("change", save);
  document.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, PAUSE);
  });
}

/** The fields whose text is not saved yet; an empty one stays as it was. */
export function unsaved() {
  return fields().filter((field) => field.value !== field.defaultValue && field.value.trim());
}

/** Save what is not saved yet. */
export function save() {
  clearTimeout(waiting);
  for (const field of unsaved()) {
    field.defaultValue = field.value;
    keep(field.dataset.keepText, field.value);
  }
}

/** Put a text in its field. */
export function write(item, text) {
  const field = fields().find((each) => each.dataset.keepText === item);
  if (!field) return;
  field.defaultValue = text;
  field.value = text;
}

/** Where somebody is typing; null if nowhere. */
export function place() {
  const field = fields().find((each) => each === document.activeElement);
  return field ? [field.dataset.keepText, field.selectionStart, field.selectionEnd] : null;
}

/** Go on typing where `place` was, after the page was drawn anew. */
export function goBack(typing) {
  if (!typing) return;
  const [item, start, end] = typing;
  const field = fields().find((each) => each.dataset.keepText === item);
  field?.focus({ preventScroll: true });
  field?.setSelectionRange(start, end);
}
