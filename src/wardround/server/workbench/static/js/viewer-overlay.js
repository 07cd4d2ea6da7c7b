// What is drawn over the image: areas of findings, measurements, the sides of the patient.

const SVG = "http://www.w3.org/2000/svg";
const SIDES = ["left", "top", "right", "bottom"];

function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Draws into an <svg> that covers the viewport. Dispatches "area" with an id when one is chosen or pointed at. */
export class Overlay extends EventTarget {
  #svg;
  #areas = new Map();
  #drawn = "";

  constructor(svg) {
    super();
    this.#svg = svg;
  }

  /**
   * @param place from image to screen
   * @param areas `{id, label, box: [left, top, right, bottom], lit}` in pixels of the image
   * @param lines measurements: `{from, to, text, chosen}`, their ends in pixels of the image
   * @param draft a box that is being drawn, or null
   * @param letters the sides of the patient at left, top, right and bottom
   */
  draw({ place, areas, lines, draft, letters, width, height }) {
    const key = JSON.stringify([place.matrix, areas, lines, draft, letters, width, height]);
    if (key === this.#drawn) return; // most frames of a stack change nothing here
    this.#drawn = key;
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#keep(areas);
    for (const area of areas) this.#drawArea(place, area, width, height);
    this.#svg.querySelectorAll(".line, .edge, .drawn").forEach((each) => each.remove());
    if (draft) this.#svg.append(element("polygon", { class: "drawn", points: corners(place, draft) }));
    for (const line of lines) this.#svg.append(measured(place, line));
    letters.forEach((letter, side) => {
      if (letter) this.#svg.append(edge(letter, side, width, height));
    });
  }

  /** Areas stay as they are, so that one that has the focus keeps it. */
  #keep(areas) {
    const wanted = new Set(areas.map((area) => area.id));
    for (const [id, group] of this.#areas) {
      if (wanted.has(id)) continue;
      group.remove();
      this.#areas.delete(id);
    }
    for (const { id } of areas) if (!this.#areas.has(id)) this.#areas.set(id, this.#group(id));
  }

  #group(id) {
    const group = element("g", { class: "area", role: "button", tabindex: "0" });
    group.append(element("polygon", {}), element("text", {}));
    const tell = (how) => () => this.dispatchEvent(new CustomEvent("area", { detail: { id, how } }));
    group.addEventListener("pointerenter", tell("over"));
    group.addEventListener("pointerleave", tell("out"));
    group.addEventListener("focus", tell("over"));
    group.addEventListener("blur", tell("out"));
    group.addEventListener("click", tell("chosen"));
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter") tell("chosen")();
    });
    this.#svg.prepend(group);
    return group;
  }

  #drawArea(place, { id, label, box, lit }, width, height) {
    const group = this.#areas.get(id);
    const [polygon, text] = group.children;
    polygon.setAttribute("points", corners(place, box));
    group.classList.toggle("lit", lit);
    group.setAttribute("aria-label", `Area of ${label}`);
    const points = ends(place, box);
    const left = Math.max(4, Math.min(...points.map(([x]) => x)));
    const top = Math.min(...points.map(([, y]) => y));
    text.textContent = label;
    text.setAttribute("x", Math.min(left, width - 24));
    text.setAttribute("y", Math.min(Math.max(16, top - 6), height - 6));
  }
}

function ends(place, [left, top, right, bottom]) {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ].map(([x, y]) => place.toScreen(x, y));
}

function corners(place, box) {
  return ends(place, box)
    .map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(" ");
}

function measured(place, { from, to, text, chosen }) {
  const [x1, y1] = place.toScreen(...from);
  const [x2, y2] = place.toScreen(...to);
  const label = element("text", { x: x2 + 8, y: y2 - 8 });
  label.textContent = text;
  return element(
    "g",
    { class: chosen ? "line chosen" : "line" },
    element("line", { x1, y1, x2, y2 }),
    element("circle", { cx: x1, cy: y1, r: 3 }),
    element("circle", { cx: x2, cy: y2, r: 3 }),
    label,
  );
}

function edge(letter, side, width, height) {
  const at = [
    [14, height / 2],
    [width / 2, 22],
    [width - 14, height / 2],
    [width / 2, height - 14],
  ][side];
  const text = element("text", { class: `edge ${SIDES[side]}`, x: at[0], y: at[1] });
  text.textContent = letter;
  return text;
}
