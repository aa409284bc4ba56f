// The sandbox's clock, and the buttons that move it forward.

import { element } from "./dom.js";
import { dayName, span, timeOfDay, word } from "./words.js";

const STEPS = [["minutes10", { forward: 600 }], ["hour", { forward: 3600 }], ["day", { forward: 86400 }], ["next", { next: true }]];

/** Shows the clock in `root`. Returns { setLanguage(language), destroy() }. */
export function mountClock(root, { api, language = "en" }) {
  let speaking = language;
  let ahead = 0;
  let moving = false;
  const time = element("span.rfs-clock-time");
  const day = element("span.rfs-clock-day");
  const note = element("span.rfs-clock-note", { role: "status" });
  const buttons = element("div.rfs-clock-buttons", { role: "group" });
  root.classList.add("rfs", "rfs-clock");
  root.append(element("div.rfs-clock-face", {}, time, day), buttons, note);

  function tick() {
    const now = new Date(Date.now() + ahead);
    time.textContent = timeOfDay(speaking, now);
    day.textContent = dayName(speaking, now);
  }

  function rest() {
    const seconds = Math.round(ahead / 1000);
    note.textContent = seconds < 60 ? "" : word(speaking, "ahead", { span: span(speaking, seconds) });
    note.classList.remove("rfs-error");
  }

  async function move(body) {
    if (moving) return;
    moving = true;
    root.setAttribute("aria-busy", "true");
    note.textContent = word(speaking, "moving");
    try {
      const answer = await api.post("/clock", body);
      ahead = new Date(answer.now) - Date.now();
      rest();
      if (answer.moved === false) note.textContent = word(speaking, "nothingDue");
    } catch (problem) {
      note.textContent = problem.message;
      note.classList.add("rfs-error");
    }
    moving = false;
    root.removeAttribute("aria-busy");
    tick();
  }

  function draw() {
    buttons.setAttribute("aria-label", word(speaking, "clock"));
    buttons.replaceChildren(...STEPS.map(([key, body]) =>
      element("button.rfs-step", { type: "button", title: key === "next" ? word(speaking, "nextHint") : null, onclick: () => move(body) }, word(speaking, key))));
    rest();
    tick();
  }

  async function look() {
    ahead = new Date((await api.get("/clock")).now) - Date.now();
    if (!moving) rest();
    tick();
  }

  const stop = api.listen((kind, change) => {
    if (kind === "connected") look();
    if (kind === "lost") note.textContent = word(speaking, "lost");
    if (kind === "clock") {
      ahead = new Date(change.now) - Date.now();
      if (!moving) rest();
      tick();
    }
  });
  const timer = setInterval(tick, 1000);
  draw();
  look().catch(() => {});

  return {
    setLanguage(next) {
      speaking = next;
      draw();
    },
    destroy() {
      stop();
      clearInterval(timer);
      root.replaceChildren();
    },
  };
}
