// The page of the document beside the text, with the current quote boxed on it.

const pane = () => document.querySelector(".scan-pane");

/** Whether the page is shown. */
export function shown() {
  return pane() !== null && !pane().hidden;
}

/** Show the page, or put it away. */
export function toggle() {
  if (!pane()) return;
  pane().hidden = !pane().hidden;
  document.querySelector(".workspace").dataset.scan = pane().hidden ? "off" : "on";
  for (const button of document.querySelectorAll("[data-does=scan]")) {
    if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(!pane().hidden));
  }
  if (!pane().hidden) turn(Number(pane().querySelector("figure:not([hidden])").dataset.page));
}

/** Turn to a page. Its picture is fetched when it is first seen. */
export function turn(number) {
  for (const figure of pane().querySelectorAll("figure")) {
    figure.hidden = Number(figure.dataset.page) !== number;
    const picture = figure.querySelector("img");
    if (!figure.hidden && !picture.hasAttribute("src")) picture.src = picture.dataset.src;
  }
  for (const button of pane().querySelectorAll("[data-page][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.page) === number));
  }
}

/** Box what an item rests on, and turn to its page. */
export function point(item) {
  if (!pane()) return;
  for (const box of pane().querySelectorAll("rect.current")) box.classList.remove("current");
  const boxes = [...pane().querySelectorAll("rect")].filter((each) => each.dataset.item === item);
  for (const box of boxes) box.classList.add("current");
  if (!boxes.length || !shown()) return;
  const figure = boxes[0].closest("figure");
  if (figure.hidden) turn(Number(figure.dataset.page));
  boxes[0].scrollIntoView({ block: "nearest" });
}
