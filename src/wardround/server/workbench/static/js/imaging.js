// The page of a report beside its images: which finding is meant, keys, tools, and the dialogs.

import { send } from "./api.js";
import { measure } from "./time.js";
import { Images } from "./imaging-images.js";
import { Sheet } from "./imaging-sheet.js";
import { editText } from "./imaging-text.js";
import { bind } from "./keys.js";
import { tell, toast } from "./toast.js";
import { together } from "./together.js";

const POLL = 2000; // ms between looks at a job
const page = document.getElementById("imaging");
const id = page.dataset.case;
const said = document.getElementById("said");
const sheet = new Sheet(id);
const images = new Images(id, sheet.watermark);
const findingForm = document.getElementById("finding-form");
let current = ""; // the finding that is meant
let drawing = null; // the form that waits for an area

/* what is meant */

function cards() {
  return [...document.querySelectorAll(".finding")];
}

/** Those that are not folded away. */
function reachable() {
  return cards().filter((each) => !each.closest("details:not([open])"));
}

const isOpen = (each) => each.dataset.state === "open";

function card(finding = current) {
  return document.querySelector(`.finding[data-item="${CSS.escape(finding)}"]`);
}

function choose(finding, { focus = true, look = true } = {}) {
  current = finding;
  for (const each of cards()) {
    if (each.dataset.item === finding) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
    each.tabIndex = each.dataset.item === finding ? 0 : -1;
  }
  light(finding);
  const chosen = card();
  if (!chosen) return;
  chosen.closest("details:not([open])")?.setAttribute("open", "");
  if (focus) chosen.focus({ preventScroll: true });
  chosen.scrollIntoView({ block: "nearest" });
  if (look) lookAt(finding);
}

/** Go to where a finding was seen: its first area, or the first frame that it names. */
function lookAt(finding) {
  const named = card(finding)?.querySelector('.from[data-does="look"]:not([data-frame=""])');
  if (!images.lookAt(finding) && named) does.look({ target: named });
}

function move(by) {
  const all = reachable();
  if (!all.length) return;
  const at = all.findIndex((each) => each.dataset.item === current);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(0, at + by), all.length - 1);
  choose(all[next].dataset.item);
}

/** Let a finding's sentences and areas stand out together. */
function light(finding) {
  for (const each of document.querySelectorAll("#sheet [data-findings]")) {
    each.classList.toggle("lit", Boolean(finding) && each.dataset.findings.split(" ").includes(finding));
  }
  images.light(finding);
}

images.addEventListener("area", ({ detail }) => {
  const finding = detail.id.replace(/-\d+$/, "");
  if (detail.how === "over") light(finding);
  else if (detail.how === "out") light(current);
  else choose(finding, { look: false });
});

for (const [event, on] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
  document.getElementById("report").addEventListener(event, ({ target }) => {
    const about = target.closest("[data-findings]");
    if (about) light(on ? about.dataset.findings.split(" ")[0] : current);
  });
}

document.getElementById("report").addEventListener("click", ({ target }) => {
  if (target.closest("button, a, summary")) return;
  const about = target.closest("[data-findings]");
  if (about) choose(about.dataset.findings.split(" ")[0], { focus: about.matches(".finding") });
});

/* decisions */

function decidable() {
  return ["reviewing", "blind"].includes(sheet.mode);
}

async function decide(verb, value, reason = "", finding = current) {
  const about = card(finding);
  if (!decidable() || (!about && verb !== "add")) return;
  if (verb === "accept" && about?.dataset.state === "accepted") return announce();
  const done = sheet.decide(finding, verb, value, reason);
  if (verb === "accept" || verb === "reject") {
    const next = following(about); // at once: the next key is meant for the next finding
    about.dataset.state = verb === "accept" ? "accepted" : "rejected";
    choose(next, { focus: !inLightBox() });
    if (!next && !inLightBox()) focusWhatIsLeft();
  } else if (verb === "add") current = finding;
  if (await done) announce();
  else await sheet.refresh();
}

/** The next finding that nobody has decided, after this one; "" if there is none, so that no further key decides. */
function following(about) {
  const all = reachable();
  const open = (each) => isOpen(each) && each !== about;
  const at = all.indexOf(about);
  return (all.slice(at + 1).find(open) ?? all.find(open))?.dataset.item ?? "";
}

/** Where to go on when no finding is left to decide one by one. */
function focusWhatIsLeft() {
  document.querySelector('#findings [data-does="rest"], .sheet-foot [data-does="sign"]')?.focus({ preventScroll: true });
}

function announce() {
  const all = cards();
  const left = all.filter(isOpen).length;
  const folded = unremarkable().length;
  if (!left) said.textContent = "Every finding is decided";
  else if (left > folded) said.textContent = `${left} of ${all.length} findings to decide`;
  else said.textContent = `What is left is absent or normal: ${left} to decide. Shift+A confirms them together.`;
}

/** The absent and normal findings that nobody has decided. */
function unremarkable() {
  return [...document.querySelectorAll("#unremarkable .finding")].filter(isOpen);
}

async function confirmRest() {
  if (sheet.mode !== "reviewing") return;
  await sheet.settled();
  const rest = unremarkable();
  if (!rest.length) return toast("No absent or normal finding is left to decide.");
  const names = rest.map((each) => each.querySelector("h3").textContent.trim().replace(/\s+/g, " "));
  if (!(await together(names))) return;
  const done = await Promise.all(rest.map((each) => sheet.decide(each.dataset.item, "accept")));
  const kept = done.filter(Boolean).length;
  if (kept < rest.length) await sheet.refresh();
  if (kept) toast(`${kept} ${kept > 1 ? "findings are" : "finding is"} confirmed.`);
  announce();
}

function remove() {
  const about = card();
  if (!about || !decidable()) return;
  if (about.dataset.state === "added") decide("withdraw");
  else decide("reject");
}

/* the form of a finding */

function openForm({ title, values, area = null, verb, finding }) {
  const form = findingForm.querySelector("form");
  form.reset();
  findingForm.querySelector("h2").textContent = title;
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements[name];
    if (field?.type === "checkbox") field.checked = value;
    else if (field) field.value = value;
  }
  drawing = { values, area, verb, finding };
  showArea();
  findingForm.returnValue = "";
  findingForm.showModal();
  form.elements[verb === "add" ? "name" : "presence"].focus();
}

function showArea() {
  const { area } = drawing;
  const drafted = page.querySelector(`.finding[data-item="${CSS.escape(drawing.finding)}"] .from[data-marked]`);
  const without = drafted ? "Its area stays as it was drafted." : "No area is marked.";
  const text = area ? `An area of frame ${area.frame} is marked.` : without;
  findingForm.querySelector("[data-box]").textContent = text;
}

function correct() {
  const about = card();
  if (!about || !decidable() || about.dataset.state === "added") return;
  const values = JSON.parse(about.dataset.form);
  openForm({ title: `Correct ${current}`, values, verb: "change", finding: current });
}

function add() {
  if (!decidable()) return;
  const numbers = cards().map((each) => Number(each.dataset.item.match(/^A(\d+)$/)?.[1] ?? 0));
  openForm({ title: "Add a finding", values: {}, verb: "add", finding: `A${Math.max(0, ...numbers) + 1}` });
}

findingForm.addEventListener("close", () => {
  if (findingForm.returnValue !== "yes") {
    if (findingForm.returnValue !== "draw") drawing = null;
    return;
  }
  const form = findingForm.querySelector("form");
  const { values, area, verb, finding } = drawing;
  drawing = null;
  const wanted = verb === "add" ? added(form, area) : changed(form, values, area);
  if (!wanted) return toast("Nothing was changed.");
  decide(verb, wanted, form.elements.reason.value.trim(), finding);
});

function told(form) {
  const value = {};
  for (const name of ["name", "presence", "side", "location", "size", "certainty"]) {
    value[name] = form.elements[name].value.trim();
  }
  return { ...value, critical: form.elements.critical.checked };
}

function added(form, area) {
  const viewer = images.viewer("current");
  const place = area
    ? { series: area.series, frame: area.frame, area: boxed(area.box) }
    : { series: viewer.series?.number ?? 1, frame: viewer.series ? viewer.number : null };
  return { ...told(form), ...place };
}

function changed(form, before, area) {
  const now = told(form);
  const value = Object.fromEntries(Object.entries(now).filter(([name, each]) => each !== before[name]));
  if (area) value.area = boxed(area.box);
  return Object.keys(value).length ? value : null;
}

function boxed([left, top, right, bottom]) {
  return { left, top, right, bottom };
}

function draw() {
  findingForm.close("draw");
  images.setTool("box");
  if (drawing.verb === "change") lookAt(drawing.finding);
  toast("Draw the area on the image, from corner to corner. Esc leaves it out.");
  images.viewer("current").host.focus();
}

function drawn(area) {
  images.setTool(tool);
  if (area) drawing.area = area;
  showArea();
  findingForm.returnValue = "";
  findingForm.showModal();
}

/** Why an area cannot be where it was drawn; a drafted finding stays in the frame where it was seen. */
function misplaced({ study, series, frame }) {
  if (study !== "current") return "Areas are drawn on the current study.";
  const seen = drawing.verb === "change" && card(drawing.finding)?.querySelector('.from[data-study="current"]');
  if (!seen || !seen.dataset.frame) return "";
  if (Number(seen.dataset.series) === series && Number(seen.dataset.frame) === frame) return "";
  return `The draft saw it in frame ${seen.dataset.frame} of series ${seen.dataset.series}; draw there, or add a finding.`;
}

images.addEventListener("drawn", ({ detail }) => {
  if (!drawing) return;
  const wrong = misplaced(detail);
  if (wrong) toast(wrong, { kind: "bad" });
  drawn(wrong ? null : detail);
});

/* the text, signing, amending, drafting */

async function edit() {
  if (sheet.mode !== "reviewing") return;
  const value = await editText(sheet.text);
  if (value && (await sheet.decide("report", "change", value))) toast("The text is saved.");
}

async function confirmText() {
  if (sheet.mode === "reviewing" && (await sheet.decide("report", "accept"))) toast("The text is confirmed.");
}

async function undo() {
  if (!decidable()) return;
  const item = await sheet.undo();
  if (!item) return;
  toast(`Taken back: ${item === "report" ? "the text" : item}`);
  if (card(item)) choose(item);
}

async function sign() {
  await sheet.settled();
  if (sheet.mode !== "reviewing" || !document.querySelector('[data-does="sign"]')) return;
  const open = cards().find(isOpen);
  if (open) {
    choose(open.dataset.item);
    return toast("Every finding is decided before the report is signed.", { kind: "bad", hint: sheet.missing });
  }
  if (sheet.missing) {
    document.getElementById("report-text").scrollIntoView();
    return toast("The text has to be confirmed first.", { kind: "bad", hint: sheet.missing });
  }
  const dialog = document.getElementById("signing");
  const text = document.getElementById("report-text").cloneNode(true);
  text.removeAttribute("id");
  text.querySelectorAll("[id]").forEach((each) => each.removeAttribute("id"));
  text.querySelectorAll("details").forEach((each) => each.remove());
  dialog.querySelector("[data-preview]").replaceChildren(text);
  dialog.returnValue = "";
  dialog.showModal();
  dialog.querySelector("button.primary").focus();
}

document.getElementById("signing").addEventListener("close", async ({ target }) => {
  if (target.returnValue !== "yes") return;
  if (await sheet.sign()) toast("The report is signed.");
});

document.getElementById("amending").addEventListener("close", async ({ target }) => {
  if (target.returnValue !== "yes") return;
  try {
    await send("POST", `/v1/cases/${id}/reviews:amend`, { reason: target.querySelector("textarea").value });
    location.assign(`/cases/${id}/imaging`);
  } catch (error) {
    tell(error);
  }
});

async function draft() {
  try {
    await send("POST", `/v1/cases/${id}:draft`, {});
    await sheet.refresh();
  } catch (error) {
    tell(error);
  }
}

async function reveal() {
  if (sheet.mode === "blind" && (await sheet.reveal())) choose(cards()[0]?.dataset.item ?? "");
}

async function watch() {
  const job = sheet.job;
  if (!job) return;
  try {
    const now = await send("GET", `/v1/jobs/${job}`);
    const box = document.querySelector("[data-jobs]");
    if (["queued", "running"].includes(now.state) && box) {
      box.querySelector("[data-step]").textContent = now.step;
      if (now.total) Object.assign(box.querySelector("progress"), { max: now.total, value: now.done });
    } else {
      await sheet.refresh();
      if (sheet.mode !== "none") location.reload();
    }
  } catch (error) {
    if (!error.retryable) return tell(error);
  }
  setTimeout(watch, POLL);
}

/* the tools of the images */

let tool = "window";

function setTool(wanted) {
  tool = wanted;
  images.setTool(wanted);
  for (const each of document.querySelectorAll("[data-tool]")) {
    each.setAttribute("aria-pressed", String(each.dataset.tool === wanted));
  }
}

function preset(number) {
  const viewer = images.active;
  if (!viewer.series) return;
  const found = viewer.presets[number - 1];
  if (!found) return toast("The images have no such window.");
  images.each((each) => {
    if (each === viewer || each.series.units === viewer.series.units) each.setWindow(found);
  });
}

function showPresets() {
  const select = document.getElementById("presets");
  const viewer = images.active;
  if (!viewer.series) return;
  const all = viewer.presets;
  const { centre, width } = viewer.window;
  const options = all.map(({ name, centre, width }, at) => {
    return new Option(`${at + 1}  ${name || "window"}  ${width} / ${centre}`, at + 1);
  });
  select.replaceChildren(new Option("as in the file", "0"), ...options);
  const at = all.findIndex((each) => each.centre === centre && each.width === width);
  if (at >= 0) select.value = String(at + 1);
  else if (viewer.changed) {
    select.append(new Option(`own  ${width} / ${centre}`, "own"));
    select.value = "own";
  } else select.value = "0";
}

document.getElementById("presets").addEventListener("change", ({ target }) => {
  if (target.value === "0") images.active.setWindow(null);
  else if (target.value !== "own") preset(Number(target.value));
});

for (const event of ["shown", "window", "used"]) images.addEventListener(event, showPresets);

function invert() {
  const viewer = images.active;
  if (!viewer.series) return;
  viewer.invert();
  document.querySelector('[data-does="invert"].tool').setAttribute("aria-pressed", String(viewer.inverted));
}

function reset() {
  images.each((viewer) => viewer.reset());
  document.querySelector('[data-does="invert"].tool').setAttribute("aria-pressed", "false");
  setTool("window");
}

function cancel() {
  if (drawing) return drawn(null);
  images.each((viewer) => viewer.cancel());
  setTool("window");
}

function step() {
  const on = images.toggleStep();
  toast(on ? `The studies are scrolled in step, by ${images.stepBy}.` : "Each study is scrolled alone.");
}

async function volume() {
  const button = document.querySelector('.tool[data-does="volume"]');
  if (button.hidden) return toast("This series is no stack of slices that could be cut across.");
  try {
    button.setAttribute("aria-pressed", String(await images.toggleVolume()));
  } catch (error) {
    button.setAttribute("aria-pressed", "false");
    tell(error);
  }
}

function inLightBox() {
  return Boolean(document.activeElement?.closest(".light-box"));
}

const inReport = () => Boolean(document.activeElement?.closest("#report"));
const onFrames = (run) => () => images.active.series && run(images.active);

const does = {
  next: () => move(1),
  previous: () => move(-1),
  accept: () => decide("accept"),
  rest: confirmRest,
  correct,
  remove,
  add,
  undo,
  edit,
  sign,
  draft,
  draw,
  reveal,
  "confirm-text": confirmText,
  invert,
  reset,
  step,
  volume,
  areas: () => {
    let on = false;
    images.each((viewer) => {
      on = viewer.toggleAreas();
    });
    document.querySelector('.tool[data-does="areas"]').setAttribute("aria-pressed", String(on));
  },
  prior: () => images.showPrior(),
  rotate: onFrames((viewer) => viewer.turn("rotate", true)),
  "flip-across": onFrames((viewer) => viewer.turn("flipAcross")),
  fit: onFrames((viewer) => viewer.turn("fit")),
  "preset-1": () => preset(1),
  "frame-next": onFrames((viewer) => viewer.scroll(1)),
  "zoom-in": onFrames((viewer) => viewer.zoomIn()),
  look: ({ target }) => {
    const { study, series, frame } = target.closest("[data-does]").dataset;
    images.look(study, Number(series), Number(frame) || null);
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-does], [data-tool]");
  if (!button) return;
  if (button.dataset.tool) return setTool(button.dataset.tool);
  const about = button.closest(".finding");
  if (about && about.dataset.item !== current) choose(about.dataset.item, { look: false });
  does[button.dataset.does]?.(event);
});

bind("Findings", [
  { keys: ["j"], label: "Next finding", run: does.next },
  { keys: ["k"], label: "Previous finding", run: does.previous },
  { keys: ["ArrowDown"], label: "Next finding, in the report", run: does.next, when: inReport },
  { keys: ["ArrowUp"], label: "Previous finding, in the report", run: does.previous, when: inReport },
  { keys: ["a"], label: "Confirm", run: does.accept },
  { keys: ["A"], label: "Confirm the rest: what is absent or normal", run: confirmRest },
  { keys: ["c"], label: "Correct", run: correct },
  { keys: ["r"], label: "Remove", run: remove, when: () => !inLightBox() },
  { keys: ["n"], label: "Add a finding", run: add },
  { keys: ["u"], label: "Undo", run: undo },
  { keys: ["Enter"], label: "Go to where it was seen", run: () => lookAt(current), when: inReport },
  { keys: ["v"], label: "Show the draft, in blind mode", run: reveal },
]);
bind("Report", [
  { keys: ["e"], label: "Edit the text", run: edit },
  { keys: ["t"], label: "Confirm the text", run: confirmText },
  { keys: ["s"], label: "Sign", run: sign },
]);
bind("Images", [
  ...["w", "p", "z", "f", "m"].map((key, at) => {
    const [wanted, label] = [
      ["window", "Drag: window and level"],
      ["pan", "Drag: move"],
      ["zoom", "Drag: zoom"],
      ["scroll", "Drag: scroll the frames"],
      ["measure", "Drag: measure"],
    ][at];
    return { keys: [key], label, run: () => setTool(wanted) };
  }),
  ...[1, 2, 3, 4, 5].map((number) => ({
    keys: [String(number)],
    label: `${["Soft tissue", "Lung", "Liver", "Bone", "Brain"][number - 1]}; else window ${number} of the file`,
    run: () => preset(number),
  })),
  { keys: ["ArrowDown", "ArrowRight"], label: "Next frame", run: onFrames((it) => it.scroll(1)), when: () => !inReport() },
  { keys: ["ArrowUp", "ArrowLeft"], label: "Previous frame", run: onFrames((it) => it.scroll(-1)), when: () => !inReport() },
  { keys: ["Home"], label: "First frame", run: onFrames((it) => it.go(1)) },
  { keys: ["End"], label: "Last frame", run: onFrames((it) => it.go(it.series.frames.length)) },
  { keys: ["PageDown"], label: "Next series", run: () => images.stepSeries(1), when: () => !inReport() },
  { keys: ["PageUp"], label: "Previous series", run: () => images.stepSeries(-1), when: () => !inReport() },
  { keys: ["+"], label: "Zoom in", run: onFrames((it) => it.zoomIn()) },
  { keys: ["-"], label: "Zoom out", run: onFrames((it) => it.zoomOut()) },
  { keys: ["="], label: "Fit", run: does.fit },
  { keys: ["i"], label: "Invert", run: invert },
  { keys: ["h"], label: "Flip from side to side", run: does["flip-across"] },
  { keys: ["V"], label: "Flip upside down", run: onFrames((it) => it.turn("flipDown")) },
  { keys: ["r"], label: "Turn right, in the image", run: does.rotate, when: inLightBox },
  { keys: ["l"], label: "Turn left", run: onFrames((it) => it.turn("rotate", false)) },
  { keys: [" "], label: "Reset", run: reset },
  { keys: ["b"], label: "Show or hide areas", run: does.areas },
  { keys: ["Backspace", "Delete"], label: "Take back the last measurement", run: onFrames((it) => it.removeLine()) },
  { keys: ["Escape"], label: "Leave a tool", run: cancel, when: () => tool !== "window" || Boolean(drawing) },
  { keys: ["o"], label: "Prior study beside this one", run: does.prior, when: () => page.dataset.priors === "yes" },
  { keys: ["y"], label: "Scroll both in step, or not", run: step, when: () => page.dataset.priors === "yes" },
  { keys: ["d"], label: "Three planes and volume, or back", run: volume },
]);

sheet.addEventListener("shown", ({ detail }) => {
  images.setMarks(sheet.marks);
  images.watermark = sheet.watermark;
  document.querySelector("#volume .stamp").textContent = sheet.watermark;
  if (current) choose(card() ? current : "", { focus: detail.focused, look: false });
  else if (detail.focused) focusWhatIsLeft();
});

await images.open();
images.setMarks(sheet.marks);
showPresets();
if (reachable().length) choose((reachable().find(isOpen) ?? reachable()[0]).dataset.item, { focus: false });
if (decidable()) measure(`/cases/${id}/worked`, () => sheet.round);
page.dataset.ready = "yes";
watch();
