// Your own account: password and tokens.

import { send } from "./api.js";
import { tell, toast } from "./toast.js";

document.getElementById("password")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    await send("PUT", "/v1/me/password", { old: form.elements.old.value, new: form.elements.new.value });
    form.reset();
    toast("The password is changed");
  } catch (error) {
    tell(error);
  }
});

document.getElementById("token").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = new FormData(event.target);
  const expires = given.get("expires") ? `${given.get("expires")}T23:59:59Z` : null;
  try {
    const made = await send("POST", "/v1/tokens", { name: given.get("name"), scopes: given.getAll("scopes"), expires });
    event.target.reset();
    document.getElementById("made-token").textContent = made.token;
    document.getElementById("made").hidden = false;
  } catch (error) {
    tell(error);
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-revoke]");
  if (!button) return;
  try {
    await send("DELETE", `/v1/tokens/${button.dataset.revoke}`);
    button.closest("tr").remove();
    toast("The token is valid no longer");
  } catch (error) {
    tell(error);
  }
});
