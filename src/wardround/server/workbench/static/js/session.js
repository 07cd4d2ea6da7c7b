// Signing in, and signing in again where a session ended while somebody worked.

let asking = null;

/** Sign in with name and password; gives the answer of the server, or throws what it told. */
export async function signIn(name, password) {
  const answer = await fetch("/v1/session", {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify({ name, password }),
  }).catch(() => null);
  if (answer?.ok) return;
  const problem = await answer?.json().catch(() => null);
  const error = new Error(problem?.title ?? "The server cannot be reached");
  error.problem = problem;
  throw error;
}

/** Ask to sign in over the page as it is. True when it worked, so that the request can be sent again. */
export function signInAgain() {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

function ask() {
  const dialog = document.getElementById("sign-in-again");
  if (!dialog) return Promise.resolve(false); // nobody was signed in on this page
  const form = dialog.querySelector("form");
  const wrong = dialog.querySelector("[role=alert]");
  return new Promise((done) => {
    const submit = async (event) => {
      event.preventDefault();
      wrong.textContent = "";
      try {
        if (form.elements.password) await signIn(form.elements.name.value, form.elements.password.value);
        if (!(await isSame())) throw new Error("Somebody else is signed in now; reload the page to go on as them");
        dialog.close("signed-in");
      } catch (error) {
        wrong.textContent = error.problem?.hint ? `${error.message}. ${error.problem.hint}` : error.message;
      }
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener(
      "close",
      () => {
        form.removeEventListener("submit", submit);
        form.reset();
        done(dialog.returnValue === "signed-in");
      },
      { once: true },
    );
    dialog.returnValue = "";
    dialog.showModal();
  });
}

/** Whether whoever is signed in is the one for whom the page was made. */
async function isSame() {
  const answer = await fetch("/v1/me", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) throw new Error("Nobody is signed in yet");
  return (await answer.json()).id === document.body.dataset.viewer;
}
