// How long somebody worked on the page: seconds in which it was visible and used. What was done in them is not kept.

const PAUSE = 60_000; // milliseconds without a sign of life, after which nobody is there
const EVERY = 30_000; // milliseconds between two reports
const SIGNS = ["keydown", "pointermove", "pointerdown", "wheel"];

/** Report working time to `path`, as `{ round, seconds }`; `round` gives the round, 0 while the review has not begun. */
export function measure(path, round) {
  let visible = document.visibilityState === "visible";
  let alive = performance.now();
  let counted = alive;
  let seconds = 0;

  const count = () => {
    const now = performance.now();
    const until = Math.min(now, alive + PAUSE);
    if (visible && until > counted) seconds += (until - counted) / 1000;
    counted = now;
  };
  const live = () => {
    count();
    alive = counted;
  };
  const report = () => {
    count();
    if (seconds < 1 || !round()) return;
    const told = JSON.stringify({ round: round(), seconds: Math.min(seconds, 120) });
    if (navigator.sendBeacon(path, new Blob([told], { type: "application/json" }))) seconds = 0;
  };

  for (const sign of SIGNS) document.addEventListener(sign, live, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => {
    report();
    visible = document.visibilityState === "visible";
    if (visible) live();
  });
  addEventListener("pagehide", report);
  setInterval(report, EVERY);
}
