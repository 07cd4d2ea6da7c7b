// The note: its highlights, and the words that are selected in it.
//
// Offsets count code points. Every piece of text says in data-at where it begins, so a place in the note is that plus
// the code points before it in the piece; nothing is counted from the beginning of the note.

const root = () => document.getElementById("note");
let marks = new Map();

/** Look up the highlights anew, after the note was drawn. */
export function index() {
  marks = new Map();
  for (const mark of root().querySelectorAll("mark[data-item]")) {
    const found = marks.get(mark.dataset.item);
    if (found) found.push(mark);
    else marks.set(mark.dataset.item, [mark]);
  }
}

/** The parts of the highlights of an item, in the order of the note. */
export function marksOf(item) {
  return marks.get(item) ?? [];
}

/** Draw the highlights of an item in a state. */
export function setState(item, state) {
  for (const mark of marksOf(item)) mark.dataset.state = state;
}

/** Show which highlights belong to an item: "current" or "linked". */
export function point(kind, item) {
  for (const mark of root().querySelectorAll(`mark.${kind}`)) mark.classList.remove(kind);
  for (const mark of marksOf(item)) mark.classList.add(kind);
}

/** Bring a highlight of an item into view, if none of it is. `start` names one of several quotes. */
export function show(item, start = null) {
  const parts = marksOf(item);
  const mark = start === null ? parts[0] : (parts.find((each) => placeOf(each) === start) ?? parts[0]);
  if (!mark) return;
  const frame = root().getBoundingClientRect();
  const isSeen = (each) => {
    const box = each.getBoundingClientRect();
    return box.top >= frame.top && box.bottom <= frame.bottom;
  };
  if (start === null ? parts.some(isSeen) : isSeen(mark)) return;
  // at once, and again: lines out of view have a guessed height, which is known when they come into view
  for (let turn = 0; turn < 2; turn += 1) {
    root().scrollTop += mark.getBoundingClientRect().top - frame.top - frame.height / 3;
  }
}

function placeOf(node) {
  return Number(node.querySelector("[data-at]")?.dataset.at);
}

/** The selected words as `{ start, end, text }` in code points, without white space around them; null if there are none. */
export function selected() {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!root().contains(range.startContainer) || !root().contains(range.endContainer)) return null;
  return trimmed(offset(range.startContainer, range.startOffset), offset(range.endContainer, range.endOffset));
}

/** Take the selection away. */
export function unselect() {
  document.getSelection().removeAllRanges();
}

function offset(node, within) {
  if (node.nodeType === Node.TEXT_NODE) {
    const piece = node.parentElement.closest("[data-at]");
    return Number(piece.dataset.at) + [...node.data.slice(0, within)].length;
  }
  const next = node.childNodes[within];
  if (next?.dataset?.at) return Number(next.dataset.at);
  if (next?.querySelector) return placeOf(next);
  return endOf(node);
}

function endOf(node) {
  if (node.dataset?.sign) return Number(node.dataset.at) + 1;
  if (node.dataset?.end) return Number(node.dataset.end);
  const last = node.id === "note" ? node.lastElementChild : [...node.querySelectorAll("[data-at]")].at(-1);
  if (!last) return Number(node.dataset.at) + [...node.textContent].length;
  return last.dataset.end ? Number(last.dataset.end) : endOf(last);
}

function trimmed(start, end) {
  let first = null;
  let last = null;
  let text = "";
  for (const [at, character] of characters(start, end)) {
    if (first === null && /\s/u.test(character)) continue;
    first ??= at;
    text += character;
    if (!/\s/u.test(character)) last = at + 1;
  }
  return first === null || last === null ? null : { start: first, end: last, text: text.trim().replace(/\s+/gu, " ") };
}

/** The characters of `[start, end)` with their places; a line end counts as one space. */
function* characters(start, end) {
  for (const line of root().children) {
    if (Number(line.dataset.end) < start || Number(line.dataset.at) >= end) continue;
    for (const piece of line.querySelectorAll("[data-at]")) {
      let at = Number(piece.dataset.at);
      const text = piece.dataset.sign ? ["\ufffd"] : piece.textContent;
      for (const character of text) {
        if (at >= start && at < end) yield [at, character];
        at += 1;
      }
    }
    if (Number(line.dataset.end) < end) yield [Number(line.dataset.end), " "];
  }
}

/** Put the selection on one word: the next or the one before, the first in view if there is none yet. */
export function selectWord(direction) {
  const selection = document.getSelection();
  if (!selected()) selection.collapse(firstInView(), 0);
  else if (direction === "forward") selection.collapseToEnd();
  else selection.collapseToStart();
  if (direction === "backward") {
    selection.modify("move", "backward", "word");
  } else if (/\s/u.test(after(selection)) || !after(selection)) {
    selection.modify("move", "forward", "word");
    selection.modify("move", "backward", "word");
  }
  selection.modify("extend", "forward", "word");
  keepInView();
}

/** Make the selection longer or shorter by a word or a line. */
export function extend(direction, by) {
  if (!selected()) selectWord("forward");
  else document.getSelection().modify("extend", direction, by);
  keepInView();
}

/** Put the selection on a word of the line above or below. */
export function selectInLine(direction) {
  const selection = document.getSelection();
  if (!selected()) return selectWord("forward");
  selection.collapseToStart();
  selection.modify("move", direction, "line");
  selection.modify("move", "forward", "character");
  selection.modify("move", "backward", "word");
  selection.modify("extend", "forward", "word");
  keepInView();
  return undefined;
}

function firstInView() {
  const top = root().getBoundingClientRect().top;
  const line = [...root().children].find((each) => each.getBoundingClientRect().top >= top && each.textContent.trim());
  const walker = document.createTreeWalker(line ?? root(), NodeFilter.SHOW_TEXT);
  return walker.nextNode() ?? root();
}

function after(selection) {
  const { focusNode, focusOffset } = selection;
  return focusNode.nodeType === Node.TEXT_NODE ? focusNode.data.slice(focusOffset, focusOffset + 1) : "";
}

function keepInView() {
  const selection = document.getSelection();
  if (!selection.rangeCount) return;
  const box = selection.getRangeAt(0).getBoundingClientRect();
  const frame = root().getBoundingClientRect();
  if (box.bottom > frame.bottom) root().scrollTop += box.bottom - frame.bottom + 40;
  if (box.top < frame.top) root().scrollTop -= frame.top - box.top + 40;
}
