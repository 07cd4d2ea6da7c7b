// The list of cards: which one is current, in which order they are, what is still to be decided.

const STATES = { open: "to decide", accepted: "accepted", rejected: "rejected", changed: "changed", added: "added" };

const list = () => document.getElementById("cards");

/** The cards that can be reached now, in order: the codes, then what the draft turned down if that is unfolded. */
export function reachable() {
  return [...document.querySelectorAll(".card")].filter((card) => !card.closest("details:not([open])"));
}

/** The cards of codes, in order. */
export function codes() {
  return [...list().querySelectorAll(":scope > .card")];
}

/** The card that keys act on. */
export function current() {
  return document.querySelector(".card[aria-current]");
}

/** The card of an item. */
export function cardOf(item) {
  return document.querySelector(`.card[data-item="${CSS.escape(item)}"]`);
}

/** Make a card the current one; it alone is reached by Tab. */
export function choose(card, { focus = true } = {}) {
  for (const each of document.querySelectorAll(".card[tabindex='0']")) {
    each.tabIndex = -1;
    each.removeAttribute("aria-current");
    for (const button of each.querySelectorAll("button")) button.tabIndex = -1;
  }
  if (!card) return;
  card.tabIndex = 0;
  card.setAttribute("aria-current", "true");
  for (const button of card.querySelectorAll("button")) button.tabIndex = 0;
  if (focus) card.focus({ preventScroll: true });
  const frame = card.closest(".codes").getBoundingClientRect();
  const box = card.getBoundingClientRect();
  if (box.top < frame.top || box.bottom > frame.bottom) card.scrollIntoView({ block: "nearest" });
}

/** The next card that is still to be decided, after one or from the beginning. */
export function nextOpen(after = null) {
  const open = codes().filter(isLeft);
  const isAfter = (card) => after && after.compareDocumentPosition(card) & Node.DOCUMENT_POSITION_FOLLOWING;
  return open.find(isAfter) ?? open[0] ?? null;
}

/** Whether a card must still be decided. */
export function isLeft(card) {
  return card.hasAttribute("data-left");
}

/** How many cards must still be decided. */
export function left() {
  return codes().filter(isLeft).length;
}

/** Draw what was decided of a card. */
export function setState(card, state, code = null, description = null) {
  card.dataset.state = state;
  card.toggleAttribute("data-left", state === "open");
  const chip = card.querySelector(".state");
  chip.dataset.state = state;
  chip.textContent = STATES[state];
  card.querySelector(".contradicted")?.remove();
  if (code) {
    card.dataset.code = code;
    card.querySelector("h3 .code").textContent = code;
    card.querySelector("h3 .description").textContent = description;
  }
  markPrincipal();
}

/** The codes that stand, in sequence, each once. */
export function sequence() {
  const standing = codes().filter((card) => card.dataset.state !== "rejected");
  return [...new Set(standing.map((card) => card.dataset.code))];
}

/** Put a card before another one, or at the end. */
export function place(card, before) {
  list().insertBefore(card, before);
  markPrincipal();
}

/** Show which code is the principal: the first one that stands. */
export function markPrincipal() {
  const first = codes().find((card) => card.dataset.state !== "rejected");
  for (const card of codes()) card.toggleAttribute("data-principal", card === first);
}

/** What a card says, for messages. */
export function name(card) {
  return `${card.dataset.code} ${card.querySelector(".description").textContent}`;
}

/** The quotes of a card as spans `{ start, end }`. */
export function quotes(card) {
  const spans = [...card.querySelectorAll(".quote[data-start]")];
  return spans.map((each) => ({ start: Number(each.dataset.start), end: Number(each.dataset.end) }));
}
