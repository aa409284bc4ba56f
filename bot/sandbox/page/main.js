// The sandbox's own page: the clock, the faults and everybody's phone.

import { createApi } from "./api.js";
import { mountClock, mountFaults, mountPhones } from "./phones.js";
import { browserLanguage, word } from "./words.js";

const api = createApi();
const byId = (id) => document.getElementById(id);
let language = localStorage.getItem("language") || browserLanguage();

const mounted = [
  mountClock(byId("clock"), { api, language }),
  mountFaults(byId("faults"), { api, language }),
  mountPhones(byId("phones"), { api, language, addable: true }),
];

function speak() {
  document.documentElement.lang = language;
  document.title = `Refloop · ${word(language, "title")}`;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(language, node.dataset.word);
  byId("language").textContent = word(language, "otherLanguage");
  byId("language").lang = language === "zh" ? "en" : "zh";
  for (const one of mounted) one.setLanguage(language);
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

speak();
