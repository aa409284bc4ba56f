// Phones side by side. Also the door of this folder: a page elsewhere imports everything from here.

import { element, icon, hue, initials, keepingFocus } from "./dom.js";
import { Phone } from "./phone.js";
import { word } from "./words.js";

export { createApi } from "./api.js";
export { mountClock } from "./clock.js";
export { mountFaults } from "./faults.js";
export { setTimeZone } from "./words.js";

/**
 * Shows phones in `root` and keeps them up to date.
 * `people`: keys in the order wanted (default: everybody); `language`: "en" or "zh" for the frame around the chats
 * (what the bot writes is the bot's own choice); `addable`: with a button to add a phone;
 * `captions`: { key: { en: { name, about }, zh: { name, about } } } to head phones with, instead of name and number.
 * Returns { setLanguage(language), showOnly(keys or null), front(keys), destroy() }: `front` lights up these phones, if
 * any, and brings the first of them into sight.
 */
export function mountPhones(root, { api, people = null, language = "en", addable = false, captions = {} }) {
  const phones = new Map();
  let speaking = language;
  let wanted = people;
  let refreshing = null;
  let spotlit = [];

  const strip = element("nav.rfs-strip");
  const row = element("div.rfs-row");
  const dialog = element("dialog.rfs-dialog");
  root.classList.add("rfs");
  root.append(strip, row, dialog);

  async function refresh() {
    let everybody;
    try {
      everybody = (await api.get("/people")).people;
    } catch {
      return;
    }
    const shown = wanted ? wanted.map((key) => everybody.find((one) => one.key === key)).filter(Boolean) : everybody;
    for (const [key, phone] of phones) {
      if (!shown.some((one) => one.key === key)) {
        phone.root.remove();
        phones.delete(key);
      }
    }
    for (const person of shown) {
      if (!phones.has(person.key)) {
        phones.set(person.key, new Phone({ api, person, language: speaking, caption: captions[person.key], onChange: drawStrip }));
      }
    }
    arrange(shown.map((person) => person.key));
    await Promise.all([...phones.values()].map((phone) => phone.load()));
    drawEmpty();
    drawStrip();
    spotlight();
  }

  /** Puts the phones into this order; each chat stays where it was read. */
  function arrange(keys) {
    for (const [at, key] of keys.entries()) phones.get(key).place(row, row.querySelectorAll(":scope > .rfs-phone")[at]);
  }

  function spotlight() {
    row.classList.toggle("rfs-spotlit", spotlit.length > 0);
    for (const [key, phone] of phones) phone.root.classList.toggle("rfs-front", spotlit.includes(key));
    phones.get(spotlit[0])?.root.scrollIntoView({ block: "nearest", inline: "start" });
  }

  function schedule() {
    // Several changes in one breath cause one refresh.
    refreshing ??= Promise.resolve().then(async () => {
      refreshing = null;
      await refresh();
    });
  }

  function drawEmpty() {
    row.querySelector(".rfs-nobody")?.remove();
    if (!phones.size) row.prepend(element("p.rfs-nobody", {}, word(speaking, "nobody")));
  }

  function drawStrip() {
    const items = [...phones.values()].map((phone) => {
      const name = phone.name;
      const unread = phone.unread;
      const label = unread ? `${name}, ${word(speaking, "unread", { count: unread })}` : name;
      return element(
        "button.rfs-tab",
        { type: "button", "aria-label": label, onclick: () => phone.show() },
        element("span.rfs-avatar", { style: `--rfs-hue:${hue(phone.person.key)}` }, initials(name)),
        element("span.rfs-tab-name", {}, name),
        unread ? element("span.rfs-badge", {}, String(unread)) : null,
      );
    });
    if (addable) {
      items.push(
        element(
          "button.rfs-tab.rfs-tab-add",
          { type: "button", onclick: ask },
          element("span.rfs-avatar", {}, icon("plus")),
          element("span.rfs-tab-name", {}, word(speaking, "addPhone")),
        ),
      );
    }
    strip.setAttribute("aria-label", word(speaking, "title"));
    keepingFocus(strip, () => strip.replaceChildren(...items));
  }

  function ask() {
    const field = (name, type, attributes = {}) =>
      element("label.rfs-field", {}, word(speaking, name), element("input", { name, type, ...attributes }));
    const error = element("p.rfs-error", { role: "alert" });
    const form = element(
      "form",
      { method: "dialog" },
      element("h2", {}, word(speaking, "addPhone")),
      field("name", "text", { required: true, maxlength: 64, autocomplete: "off", autofocus: true }),
      field("phoneNumber", "tel", { placeholder: "+86 139 0000 0000", autocomplete: "off" }),
      element(
        "label.rfs-field", {}, word(speaking, "language"),
        element("select", { name: "language" },
          element("option", { value: "zh", selected: speaking === "zh" }, word(speaking, "chinese")),
          element("option", { value: "en", selected: speaking !== "zh" }, word(speaking, "english"))),
      ),
      element("p.rfs-hint", {}, word(speaking, "fictional")),
      error,
      element("div.rfs-dialog-buttons", {},
        element("button.rfs-plain", { type: "button", onclick: () => dialog.close() }, word(speaking, "cancel")),
        element("button.rfs-primary", { type: "submit" }, word(speaking, "add"))),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const given = new FormData(form);
      const person = { name: given.get("name"), language: given.get("language"), phone: given.get("phoneNumber") };
      const latin = String(person.name).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
      try {
        const key = latin || `person-${phones.size + 1}`;
        await api.post("/people", { ...person, key: phones.has(key) ? `${key}-${phones.size + 1}` : key });
        dialog.close();
      } catch (problem) {
        error.textContent = problem.message;
      }
    });
    dialog.replaceChildren(form);
    dialog.showModal();
  }

  const stop = api.listen((kind, change) => {
    if (kind === "reset" || kind === "connected") {
      schedule();
      return;
    }
    if (kind === "person" && !phones.has(change.person.key)) {
      if (!wanted || wanted.includes(change.person.key)) schedule();
    }
    for (const key of change.people || []) phones.get(key)?.take(kind, change);
    if (["typing", "pinned", "commands"].includes(kind)) {
      for (const phone of phones.values()) phone.take(kind, change);
    }
  });
  drawEmpty();
  drawStrip();
  schedule();

  return {
    setLanguage(next) {
      speaking = next;
      for (const phone of phones.values()) phone.setLanguage(next);
      drawEmpty();
      drawStrip();
    },
    showOnly(keys) {
      wanted = keys;
      if (keys?.length === phones.size && keys.every((key) => phones.has(key))) arrange(keys);
      else schedule();
    },
    front(keys) {
      spotlit = keys;
      spotlight();
    },
    destroy() {
      stop();
      root.replaceChildren();
    },
  };
}
