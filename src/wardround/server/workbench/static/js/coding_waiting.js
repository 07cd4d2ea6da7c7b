// A case whose draft is still being made: look again until it is there.

const waiting = document.getElementById("waiting");
if (waiting.hasAttribute("data-again")) setTimeout(() => location.reload(), 2000);
