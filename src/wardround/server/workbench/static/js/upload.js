// Adding cases: what is dropped or chosen becomes notes and studies, which are sent one by one. Each keeps its key until
// it is there, so that sending it again adds nothing twice.

import { Problem, unreachable } from "./api.js";
import { bind } from "./keys.js";
import { signInAgain } from "./session.js";

const NOTES = /\.(txt|text|md|pdf|docx|rtf|html?|xml|json)$/i;
const IMAGES = /\.(dcm|dicom|nii(\.gz)?|svs|ndpi|scn|mrxs|bif|zip)$/i;
const PICTURES = /\.(png|jpe?g|tiff?|webp|bmp)$/i;
const NOT_OURS = /(^|\/)(\.[^/]*|thumbs\.db|desktop\.ini|dicomdir)$/i;
const AT_ONCE = 2;

const dialog = document.getElementById("upload");
const form = document.getElementById("upload-form");
const list = document.getElementById("to-add");
const pictures = document.getElementById("pictures");
const encounter = document.getElementById("upload-encounter");
const told = document.getElementById("upload-told");
const button = document.getElementById("upload-send");
const dropHere = document.getElementById("drop-here");

let chosen = []; // { file, path, kind }
let cases = []; // { kind, name, files, key, state, share, result, problem, item }
let sending = 0;

/* what was chosen */

/** The files of a drop, those in folders too. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    found.push({ file: await new Promise((done, failed) => entry.file(done, failed)), path });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // a reader gives at most 100 entries at a time
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return;
    for (const each of some) await walk(each, found);
  }
}

/** What a file is: "note", "image", or a "picture", which may be either. */
async function kindOf({ file, path }) {
  if (PICTURES.test(path)) return "picture";
  if (IMAGES.test(path)) return "image";
  if (NOTES.test(path)) return "note";
  const mark = await file.slice(128, 132).text(); // DICOM, PS3.10 7.1; scanners write it without an ending
  return mark === "DICM" || path.includes("/") ? "image" : "note";
}

function isNote({ kind }) {
  return (kind === "picture" ? form.elements.pictures.value : kind) === "note";
}

/** Cases of the chosen files: each note one, each folder of images one, images without a folder one together. */
function arranged() {
  const studies = new Map();
  const found = [];
  for (const each of chosen) {
    if (isNote(each)) {
      found.push({ kind: "note", name: each.file.name, files: [each.file] });
      continue;
    }
    const folder = each.path.includes("/") ? each.path.slice(0, each.path.indexOf("/")) : "";
    if (!studies.has(folder)) {
      const study = { kind: "study", name: folder, files: [] };
      studies.set(folder, study);
      found.push(study);
    }
    studies.get(folder).files.push(each.file);
  }
  for (const study of studies.values()) {
    const count = study.files.length === 1 ? study.files[0].name : `${study.files.length} images`;
    study.name = study.name ? `${study.name}/ (${count})` : count;
  }
  return found.map((each) => before(each) ?? { ...each, key: crypto.randomUUID(), state: "waiting", share: 0, problem: null });
}

/** The same case as it was arranged before, with its key: it may be there although no answer came. */
function before({ kind, files }) {
  const isSame = (other) => other.length === files.length && other.every((file, index) => file === files[index]);
  return cases.find((each) => each.kind === kind && isSame(each.files));
}

async function add(files) {
  if (sending) return;
  for (const each of files) each.kind = await kindOf(each);
  if (cases.length && cases.every((each) => each.state === "done")) clear();
  const known = new Set(chosen.map(({ file, path }) => `${path} ${file.size} ${file.lastModified}`));
  const fresh = files.filter(
    ({ file, path }) => !NOT_OURS.test(path) && !known.has(`${path} ${file.size} ${file.lastModified}`),
  );
  chosen.push(...fresh);
  cases = [...cases.filter((each) => each.state === "done"), ...arranged()];
  show();
  if (!dialog.open) dialog.showModal();
}

function clear() {
  chosen = [];
  cases = [];
  form.reset();
  show();
}

/* what is shown */

function show() {
  list.hidden = !cases.length;
  list.replaceChildren(...cases.map(item));
  pictures.hidden = !chosen.some(({ kind }) => kind === "picture");
  document.getElementById("upload-history").hidden = !cases.some((each) => each.kind === "study");
  const external = document.getElementById("upload-external");
  external.hidden = cases.length > 1;
  if (external.hidden) form.elements.external_id.value = "";
  tellState();
}

function item(each) {
  const row = document.createElement("li");
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = each.name;
  name.title = each.name;
  const kind = document.createElement("span");
  kind.className = "told";
  const end = document.createElement("span");
  const wrong = document.createElement("span");
  wrong.className = "wrong";
  row.append(name, kind, end, wrong);
  each.item = { kind, end, wrong };
  tell(each);
  return row;
}

const WORDS = { waiting: "", done: "added", failed: "not added" };

function tell(each) {
  const { kind, end, wrong } = each.item;
  const sent = Math.floor(each.share * 100);
  const state = each.state === "sending" ? (sent < 100 ? `sending ${sent} %` : "reading") : WORDS[each.state];
  kind.textContent = state ? `${each.kind} · ${state}` : each.kind;
  wrong.textContent = each.problem ? sentence(each.problem) : "";
  end.replaceChildren();
  if (each.state === "failed" && !sending) end.append(small("Try again", () => start([each])), " ");
  if (["waiting", "failed"].includes(each.state) && !sending) end.append(small("Remove", () => remove(each)));
  if (each.result) {
    const link = document.createElement("a");
    link.href = `/cases/${each.result}`;
    link.textContent = "Open";
    end.append(link);
  }
}

function sentence({ title, hint }) {
  const said = title.charAt(0).toUpperCase() + title.slice(1);
  return hint ? `${said} (${hint})` : said; // a hint may be a command, to be typed as it is
}

function small(text, run) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button small";
  made.textContent = text;
  made.addEventListener("click", run);
  return made;
}

function remove(each) {
  const gone = new Set(each.files);
  chosen = chosen.filter(({ file }) => !gone.has(file));
  cases = cases.filter((other) => other !== each);
  show();
}

function tellState() {
  const of = (state) => cases.filter((each) => each.state === state).length;
  const waiting = of("waiting");
  const begun = sending || cases.length > waiting;
  const counted = waiting === 1 ? "1 case" : `${waiting} cases`;
  button.textContent = waiting && !sending ? `Add ${counted}` : "Add";
  button.disabled = !waiting || sending > 0;
  encounter.disabled = pictures.disabled = sending > 0;
  const failed = of("failed") ? `, ${of("failed")} not added` : "";
  told.textContent = begun ? `${of("done")} of ${cases.length} added${failed}` : "";
}

/* sending */

form.addEventListener("submit", (event) => {
  event.preventDefault();
  start(cases.filter((each) => each.state === "waiting"));
});

async function start(some) {
  if (sending) return;
  const fields = read();
  if (!fields) return;
  const queue = [...some];
  const work = async () => {
    for (let each = queue.shift(); each; each = queue.shift()) await sendOne(each, fields);
  };
  sending = queue.length;
  cases.forEach(tell);
  tellState();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  sending = 0;
  cases.forEach(tell);
  tellState();
  document.body.dispatchEvent(new CustomEvent("cases-changed"));
}

/** The fields of the form; null, with what is wrong shown, where one cannot be used. */
function read() {
  const wrong = [...form.elements].find((field) => field.willValidate && !field.checkValidity());
  wrong?.reportValidity();
  if (wrong) return null;
  const fields = {};
  for (const name of ["setting", "date", "age", "sex", "external_id", "history"]) {
    const value = form.elements[name].value.trim();
    if (value) fields[name] = value;
  }
  return fields;
}

async function sendOne(each, { history, ...fields }) {
  each.state = "sending";
  each.problem = null;
  tell(each);
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  if (each.kind === "study" && history) body.append("history", history);
  for (const file of each.files) body.append(each.kind === "note" ? "file" : "files", file);
  const path = each.kind === "note" ? "/v1/notes:code" : "/v1/studies:read";
  try {
    const answer = await post(path, body, each);
    each.state = "done";
    each.result = answer.case.id;
    chosen = chosen.filter(({ file }) => !each.files.includes(file));
  } catch (error) {
    each.state = "failed";
    each.problem = error.problem ?? { title: error.message };
  }
  tell(each);
  tellState();
}

/** As `send` of api.js, and tells how much is sent, which fetch cannot. */
async function post(path, body, each) {
  for (;;) {
    const answer = await new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open("POST", path);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Idempotency-Key", each.key);
      request.responseType = "json";
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        each.share = loaded / total;
        tell(each);
      });
      request.addEventListener("load", () => done(request));
      request.addEventListener("error", () => failed(unreachable()));
      request.send(body);
    });
    if (answer.status < 300) return answer.response;
    if (answer.status === 401 && (await signInAgain())) continue;
    throw new Problem(answer.response ?? { title: `The server answered ${answer.status}`, status: answer.status });
  }
}

/* the ways in */

for (const id of ["upload-files", "upload-folder"]) {
  const input = document.getElementById(id);
  input.addEventListener("change", () => {
    const files = [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
    input.value = "";
    add(files);
  });
}

pictures.addEventListener("change", () => {
  cases = [...cases.filter((each) => each.state === "done"), ...arranged()];
  show();
});

// a form that was used is empty the next time, unless something of it is not added yet
dialog.addEventListener("close", () => {
  if (!sending && cases.every((each) => each.state === "done")) clear();
});

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

let over = 0; // elements that the files are dragged over, one in the other
document.addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  over += 1;
  dropHere.hidden = false;
});
document.addEventListener("dragleave", (event) => {
  if (holdsFiles(event)) over -= 1;
  if (over <= 0) dropHere.hidden = true;
});
document.addEventListener("dragover", (event) => {
  if (holdsFiles(event)) event.preventDefault();
});
document.addEventListener("drop", async (event) => {
  over = 0;
  dropHere.hidden = true;
  if (!holdsFiles(event)) return;
  event.preventDefault();
  add(await dropped(event.dataTransfer));
});

addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});

bind("Work list", [{ keys: ["u"], label: "Add cases", run: () => dialog.showModal() }]);
