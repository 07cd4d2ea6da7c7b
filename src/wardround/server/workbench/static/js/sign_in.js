// The form of the sign-in page.

import { signIn } from "./session.js";

const form = document.getElementById("sign-in");
const wrong = form.querySelector("[role=alert]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  wrong.textContent = "";
  try {
    await signIn(form.elements.name.value, form.elements.password.value);
    location.assign(form.dataset.next);
  } catch (error) {
    wrong.textContent = error.problem?.hint ? `${error.message}. ${error.problem.hint}` : error.message;
    form.elements.password.value = "";
    form.elements.password.focus();
    button.disabled = false;
  }
});
