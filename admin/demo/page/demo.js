// The demo page: puts the phones and the clock of the sandbox beside the loops, the samples and the events of the app.

import { ask, byId } from "./dom.js";
import { mountEvents } from "./events.js";
import { mountLoops } from "./loops.js";
import { mountSamples } from "./samples.js";
import { mountStory } from "./story.js";
import { browserLanguage, inZone, word } from "./words.js";

const told = JSON.parse(byId("told").textContent);
const { createApi, mountClock, mountFaults, mountPhones, setTimeZone } = await import(`${told.sandbox}/page/phones.js`);
const api = createApi(told.sandbox);
// The cards say the site's times, wherever the browser is.
setTimeZone(told.zone);
inZone(told.zone);

const asked = new URLSearchParams(location.search);
let language = asked.get("lang") || localStorage.getItem("language") || browserLanguage();
if (!["en", "zh"].includes(language)) language = "en";

// Everything on the page counts by the demo's clock, which only the sandbox moves.
let ahead = 0;
const now = () => Date.now() + ahead;

function show(tab) {
  document.body.dataset.shown = tab;
  for (const one of document.querySelectorAll(".tab")) one.setAttribute("aria-pressed", String(one.dataset.tab === tab));
}

const events = mountEvents(byId("events"), { filter: byId("filter"), live: byId("live"), language, onEvent: () => loops.changed() });
const loops = mountLoops(byId("loops"), {
  done: byId("loops-done"), count: byId("loops-count"), language, now,
  onChoose: (loop) => {
    events.follow(loop);
    show("events");
  },
});
const samples = mountSamples(byId("samples"), { language });
const captions = Object.fromEntries(told.people.map((person) => [person.key, person]));
const people = told.people.map((person) => person.key);
const phones = mountPhones(byId("phones"), { api, people, captions, language });
const story = mountStory(byId("story"), {
  opener: byId("play-story"), api, language, pace: Number(asked.get("pace") ?? 1),
  // The phones of the moment first, the others behind them; on a narrow window the first of them fills it.
  focus: (keys) => {
    phones.showOnly(keys ? [...keys, ...people.filter((key) => !keys.includes(key))] : people);
    if (keys) show("phones");
    phones.front(keys ?? []);
  },
});
const mounted = [
  mountClock(byId("clock"), { api, language }),
  mountFaults(byId("faults"), { api, language, captions }),
  phones, story, events, loops, samples,
];

api.listen((kind, change) => {
  if (kind === "clock") ahead = new Date(change.now) - Date.now();
  if (kind === "connected") api.get("/clock").then((clock) => { ahead = new Date(clock.now) - Date.now(); });
  if (kind === "clock" || kind === "connected") loops.changed();
});

function speak() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = word(language, "title");
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(language, node.dataset.word);
  byId("language").textContent = word(language, "otherLanguage");
  byId("language").lang = language === "zh" ? "en" : "zh";
  for (const one of mounted) one.setLanguage(language);
  // The bot writes to everybody in it too, and shows their cards in it.
  ask(`/demo/language/${language}`, "POST").catch(() => {});
}

byId("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  speak();
});

byId("show-faults").addEventListener("click", (event) => {
  const panel = byId("faults");
  panel.hidden = !panel.hidden;
  event.currentTarget.setAttribute("aria-expanded", String(!panel.hidden));
});

for (const tab of document.querySelectorAll(".tab")) tab.addEventListener("click", () => show(tab.dataset.tab));
show(asked.get("show") || "phones");
speak();
