// What every page does: its theme, its dialogs, the help of keys, signing out.

import { send } from "./api.js";
import { bind, help, letLettersWork, lettersWork } from "./keys.js";
import { tell } from "./toast.js";

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function showTheme() {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  const button = document.getElementById("theme");
  button.setAttribute("aria-pressed", String(isDark));
}

function switchTheme() {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  const wanted = isDark ? "light" : "dark";
  const isOwn = (wanted === "dark") === dark.matches;
  root.dataset.theme = isOwn ? "" : wanted;
  if (isOwn) localStorage.removeItem("wardround.theme");
  else localStorage.setItem("wardround.theme", wanted);
  showTheme();
}

function showHelp() {
  const dialog = document.getElementById("keys-help");
  dialog.querySelector("[data-table]").replaceChildren(help());
  dialog.showModal();
}

document.getElementById("theme").addEventListener("click", switchTheme);
dark.addEventListener("change", showTheme);
showTheme();

const letters = document.getElementById("letters");
letters.checked = lettersWork();
letters.addEventListener("change", () => letLettersWork(letters.checked));

bind("Everywhere", [
  { keys: ["?"], label: "These keys", run: showHelp },
  { keys: ["Escape"], label: "Close what is open", run: () => closeMenus(), when: () => openMenus().length > 0 },
]);

// <button data-opens="ID"> opens a dialog, <button data-closes> closes the one it is in
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener?.dataset.opens === "keys-help") showHelp();
  else if (opener) document.getElementById(opener.dataset.opens).showModal();
  event.target.closest("[data-closes]")?.closest("dialog").close();
  closeMenus(event.target.closest(".menu"));
});

function openMenus() {
  return [...document.querySelectorAll("details.menu[open]")];
}

function closeMenus(except = null) {
  for (const menu of openMenus()) if (menu !== except) menu.open = false;
}

document.getElementById("sign-out")?.addEventListener("click", async () => {
  try {
    await send("DELETE", "/v1/session");
    location.assign("/sign-in");
  } catch (error) {
    tell(error);
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  tell(new Error(`The server answered ${status}; the list is as it was before`));
});
