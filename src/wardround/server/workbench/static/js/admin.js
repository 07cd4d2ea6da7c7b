// Users and retention.

import { send } from "./api.js";
import { tell, toast } from "./toast.js";

/** Change something; the page is loaded anew, as it was, where it shows more than was changed. */
async function change(method, path, body, done = null) {
  try {
    await send(method, path, body);
    if (done) toast(done);
    else location.reload();
    return true;
  } catch (error) {
    tell(error);
    return false;
  }
}

document.getElementById("add-user")?.addEventListener("submit", (event) => {
  event.preventDefault();
  change("POST", "/v1/users", Object.fromEntries(new FormData(event.target)));
});

document.getElementById("retention").addEventListener("submit", (event) => {
  event.preventDefault();
  const days = event.target.elements.days.value;
  change("PUT", "/v1/retention", { days: days ? Number(days) : null }, "Set, for cases that are added from now on");
});

document.getElementById("reviewing").addEventListener("submit", (event) => {
  event.preventDefault();
  const percent = Number(event.target.elements.blind_percent.value);
  change("PUT", "/v1/reviewing", { blind_percent: percent }, "Set, for reviews that begin from now on");
});

document.addEventListener("change", async (event) => {
  const select = event.target.closest("[data-role]");
  if (!select) return;
  const { user, name } = select.closest("tr").dataset;
  const done = await change("PATCH", `/v1/users/${user}`, { role: select.value }, `${name} is ${select.value} now`);
  if (!done) select.value = [...select.options].find((option) => option.defaultSelected).value;
});

const dialog = document.getElementById("new-password");
dialog?.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const password = event.target.elements.password.value;
  if (await change("PATCH", `/v1/users/${dialog.dataset.user}`, { password }, "The password is set")) dialog.close();
});
dialog?.addEventListener("close", () => dialog.querySelector("form").reset());

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-user]");
  const disable = event.target.closest("[data-disable]");
  if (disable) change("PATCH", `/v1/users/${row.dataset.user}`, { disabled: disable.dataset.disable === "yes" });
  if (event.target.closest("[data-password]")) {
    dialog.dataset.user = row.dataset.user;
    dialog.querySelector("span[data-name]").textContent = row.dataset.name;
    dialog.showModal();
  }
});
