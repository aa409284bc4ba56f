// Switches for what goes wrong between the bot and the phones.

import { element } from "./dom.js";
import { word } from "./words.js";

const KINDS = [
  "flood", "forbidden", "restart", "bad_gateway", "delay", "dropped", "hang", "duplicate_update", "stale_callback", "second_poller",
];
const NOBODY_IN_PARTICULAR = ["second_poller"];

/** Shows the fault switches in `root`; `captions` as for the phones. Returns { setLanguage(language), destroy() }. */
export function mountFaults(root, { api, language = "en", captions = {} }) {
  let speaking = language;
  let armed = [];
  let rates = true;
  let people = [];
  let chosen = { person: "", often: "once" };
  const say = (key, values) => word(speaking, key, values);
  root.classList.add("rfs", "rfs-faults");

  async function look() {
    const [state, known] = await Promise.all([api.get(""), api.get("/people")]);
    armed = state.faults;
    rates = state.rates;
    people = known.people;
    draw();
  }

  async function toggle(kind) {
    const present = armed.filter((fault) => fault.kind === kind);
    if (present.length) {
      for (const fault of present) await api.remove("/faults", { id: fault.id });
      return;
    }
    const scope = chosen.person && !NOBODY_IN_PARTICULAR.includes(kind) ? { person: chosen.person } : {};
    await api.post("/faults", chosen.often === "once" ? { kind, count: 1, ...scope } : { kind, for_ever: true, ...scope });
  }

  function choice(key, name, options) {
    const select = element("select", {
      onchange: (event) => {
        chosen = { ...chosen, [name]: event.target.value };
      },
    }, ...options.map(([value, text]) => element("option", { value, selected: chosen[name] === value }, text)));
    return element("label.rfs-field.rfs-inline", {}, say(key), select);
  }

  function line(label, hint, on, more, act) {
    return element("button.rfs-switch", { type: "button", role: "switch", "aria-checked": String(on), onclick: act },
      element("span.rfs-knob", { "aria-hidden": "true" }),
      element("span.rfs-switch-text", {}, element("b", {}, label), element("small", {}, hint)),
      more ? element("span.rfs-badge", {}, more) : null);
  }

  function draw() {
    const focused = root.contains(document.activeElement) ? document.activeElement.dataset.kind : null;
    const switches = KINDS.map((kind) => {
      const present = armed.filter((fault) => fault.kind === kind);
      const hits = present.reduce((sum, fault) => sum + fault.hits, 0);
      const made = line(say(kind), say(`${kind}Hint`), present.length > 0, hits ? say("hits", { count: hits }) : "", () => toggle(kind));
      made.dataset.kind = kind;
      return made;
    });
    root.replaceChildren(
      element("div.rfs-faults-head", {},
        element("h2", {}, say("faultsTitle")),
        choice("faultFor", "person", [["", say("everybody")], ...people.map((one) => [one.key, captions[one.key]?.[speaking].name ?? one.name])]),
        choice("howOften", "often", [["once", say("once")], ["always", say("always")]]),
        element("button.rfs-plain", { type: "button", onclick: () => api.remove("/faults") }, say("clearAll"))),
      element("div.rfs-switches", {}, ...switches,
        line(say("rates"), say("ratesHint"), rates, "", () => api.post("/rates", { on: !rates }))),
    );
    if (focused) root.querySelector(`[data-kind="${focused}"]`)?.focus();
  }

  const stop = api.listen((kind, change) => {
    if (kind === "faults") armed = change.faults;
    if (kind === "rates") rates = change.on;
    if (kind === "faults" || kind === "rates") draw();
    if (kind === "connected" || kind === "reset" || kind === "person") look().catch(() => {});
  });
  draw();
  look().catch(() => {});

  return {
    setLanguage(next) {
      speaking = next;
      draw();
    },
    destroy() {
      stop();
      root.replaceChildren();
    },
  };
}
