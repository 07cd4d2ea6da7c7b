// The form in which the text of a report is edited: one field for each part, one sentence a line.

const PARTS = [
  ["title", "Title"],
  ["technique", "Technique"],
  ["clinical_information", "Clinical information"],
  ["comparison", "Comparison"],
  ["regions", "Findings"],
  ["impression", "Impression"],
  ["recommendations", "Recommendations"],
  ["limitations", "Limitations"],
];

/** Let somebody edit the text; resolves to the parts that they changed, or null. */
export function editText(text) {
  const dialog = document.getElementById("text-form");
  const place = dialog.querySelector("[data-parts]");
  const fields = PARTS.flatMap(([part, label]) => fieldsOf(part, label, text[part]));
  place.replaceChildren(...fields.map((field) => field.element));
  const preview = dialog.querySelector("[data-preview]");
  const button = dialog.querySelector('[data-does="preview"]');
  const show = (on) => {
    preview.hidden = !on;
    place.hidden = on;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Back to the text" : "Preview";
    if (on) preview.replaceChildren(...previewOf(fields));
  };
  button.onclick = () => show(preview.hidden);
  show(false);
  dialog.returnValue = "";
  dialog.showModal();
  fields.find((field) => field.part === "impression")?.input.focus();
  return new Promise((resolve) => {
    const close = () => resolve(dialog.returnValue === "yes" ? changes(fields, text) : null);
    dialog.addEventListener("close", close, { once: true });
  });
}

function fieldsOf(part, label, value) {
  if (part === "title") return [field(part, label, value ?? "", document.createElement("input"))];
  if (part === "regions") {
    return (value ?? []).map((region) => field(part, `Findings: ${region.name}`, lines(region.statements), null, region.name));
  }
  return [field(part, label, lines(value ?? []))];
}

function lines(sentences) {
  return sentences.join("\n");
}

function field(part, label, value, input = null, name = "") {
  input ??= document.createElement("textarea");
  const element = document.createElement("div");
  const heading = document.createElement("label");
  element.className = "field";
  input.id = `text-${part}-${name.replace(/\W+/g, "-")}`;
  input.value = value;
  if (input.tagName === "TEXTAREA") input.rows = Math.min(8, Math.max(2, value.split("\n").length + 1));
  heading.htmlFor = input.id;
  heading.textContent = label;
  element.append(heading, input);
  return { part, name, label, input, element };
}

function sentencesOf({ input }) {
  return input.value
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The parts as `report` takes them, those only that differ from what they were. */
function changes(fields, text) {
  const value = {};
  for (const [part] of PARTS) {
    const own = fields.filter((each) => each.part === part);
    if (!own.length) continue;
    let now = sentencesOf(own[0]);
    if (part === "title") now = own[0].input.value.trim();
    if (part === "regions") now = own.map((each) => ({ name: each.name, statements: sentencesOf(each) }));
    if (part === "title" && !now) continue;
    if (JSON.stringify(now) !== JSON.stringify(text[part])) value[part] = now;
  }
  return Object.keys(value).length ? value : null;
}

function previewOf(fields) {
  return fields.flatMap((each) => {
    const sentences = each.part === "title" ? [each.input.value.trim()] : sentencesOf(each);
    if (!sentences.length) return [];
    const heading = document.createElement("h4");
    heading.textContent = each.label;
    const list = document.createElement(each.part === "impression" ? "ol" : "ul");
    list.className = "sentences";
    for (const sentence of sentences) {
      const line = document.createElement("li");
      line.textContent = sentence;
      list.append(line);
    }
    return [heading, list];
  });
}
