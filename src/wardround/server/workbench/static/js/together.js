// Deciding several items by one key: first it is shown which ones. Each of them is then a decision of its own.

/** Ask in the dialog `#together` about `lines`, one for each item; resolves to whether they are to be decided. */
export function together(lines) {
  const dialog = document.getElementById("together");
  dialog.querySelector("[data-count]").textContent = lines.length;
  dialog.querySelector("ol").replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }),
  );
  dialog.returnValue = "";
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
    dialog.querySelector("button.primary").focus();
  });
}
