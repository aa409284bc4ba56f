// The events as they happen: type, routing key, in plain words; of notices who was told and why, of decisions the rules.

import { ask, make } from "./dom.js";
import { clockTime, sentence, word } from "./words.js";

const KEPT = 300;
const NOTICE_ENDS = new Set(["NoticeDelivered", "NoticeFailed", "NoticeUnknown", "NoticeAnswered", "NoticeWithdrawn"]);

/** Shows the events in `root`, newest first. Returns { setLanguage(language), follow(loop or null) }. */
export function mountEvents(root, { filter, live, language, onEvent }) {
  let speaking = language;
  let all = [];
  let followed = null;
  const seen = new Set();

  function take(event) {
    if (seen.has(event.position)) return;
    seen.add(event.position);
    all.push(event);
    if (all.length > KEPT) all = all.slice(-KEPT);
    onEvent(event);
    if (followed && event.loop === followed.loop) followed.events.push(event);
    if (followed && event.loop !== followed.loop) return;
    if (!fold(event)) {
      root.querySelector(".nothing")?.remove();
      root.prepend(item(event, true));
      while (root.children.length > KEPT) root.lastChild.remove();
    }
  }

  /** What became of a notice is shown at the notice, not as a line of its own. True when it was. */
  function fold(event) {
    if (!NOTICE_ENDS.has(event.type)) return false;
    const line = root.querySelector(`[data-stream="${event.stream}"] .event-ends`);
    if (!line) return false;
    line.append(ending(event));
    return true;
  }

  function ending(event) {
    return make(`span.end.end-${event.type}`, { title: `${event.type} · ${event.key}` },
      `${word(speaking, `end-${event.type}`)} `, make("time", {}, clockTime(speaking, event.at)));
  }

  function item(event, fresh = false) {
    const notice = event.notice && event.type === "NoticeRequested";
    return make(`li.event.event-${event.kind}${fresh ? ".event-new" : ""}`, { "data-stream": notice ? event.stream : null },
      make("p.event-head", {},
        make("time", { title: new Date(event.at).toISOString() }, clockTime(speaking, event.at, Boolean(followed))),
        make("span.type", {}, event.type)),
      notice ? told(event) : make("p.event-words", {}, sentence(speaking, event)),
      event.given.decision ? decision(event.given.decision) : null,
      make("p.event-foot", {},
        followed ? null : make("button.code", { type: "button", onclick: () => follow(event) }, name(event)),
        make(`span.key${event.key.endsWith(".stat") ? ".key-stat" : ""}`, { title: word(speaking, "routingKey") }, event.key),
        notice ? make("span.event-ends") : make("span", {}, by(event))));
  }

  /** A loop's code; one that began with a discharge has none. */
  function name({ code, loop }) {
    return code || word(speaking, `kind-${loop.split("-")[0]}`);
  }

  function told(event) {
    const { purpose, recipient, lane, step } = event.notice;
    const later = event.given.not_before ? word(speaking, "notBefore", { at: clockTime(speaking, event.given.not_before, true) }) : "";
    const again = step ? word(speaking, "again", { step }) : "";
    return make("p.event-words", {},
      make("span.to", {}, recipient[speaking]), " ",
      word(speaking, `purpose-${purpose}`),
      make("span.lane", {}, [word(speaking, `priority-${lane}`), again, later].filter(Boolean).join(" · ")));
  }

  function decision(made) {
    const why = made.because[speaking];
    return make("div.why", {},
      why ? make("p", {}, word(speaking, "because", { why })) : null,
      make("p.rules", {}, ...made.rules.map((rule) => make("code", {}, rule)), make("span", {}, made.pack)));
  }

  function by(event) {
    const { actor } = event;
    const who = { rule: word(speaking, "theRules"), source: word(speaking, "system", { name: actor.en }) }[actor.kind];
    const behalf = event.for ? word(speaking, "onBehalf", { name: event.for[speaking] }) : "";
    return [word(speaking, "by", { name: who ?? actor[speaking] }), behalf].filter(Boolean).join(" ");
  }

  function draw() {
    const shown = followed ? followed.events : all;
    const ends = [];
    root.replaceChildren();
    for (const event of shown) {
      if (NOTICE_ENDS.has(event.type)) ends.push(event);
      else root.prepend(item(event));
    }
    for (const event of ends) if (!fold(event)) root.append(item(event));
    if (!shown.length) root.append(make("li.nothing", {}, word(speaking, "noEvents")));
    filter.hidden = !followed;
    filter.replaceChildren();
    if (followed) {
      filter.append(
        make("span", {}, word(speaking, "timeline", { code: name(followed) })),
        make("button.tool", { type: "button", onclick: () => follow(null) }, word(speaking, "everything")));
    }
  }

  async function follow(one) {
    followed = one ? { loop: one.loop, code: one.code, events: all.filter((event) => event.loop === one.loop) } : null;
    draw();
    if (!one) return;
    const { events } = await ask(`/demo/loops/${encodeURIComponent(one.loop)}`);
    if (followed?.loop !== one.loop) return;
    const last = events.at(-1)?.position ?? 0;
    followed.events = [...events, ...followed.events.filter((event) => event.position > last)];
    draw();
  }

  function connected(yes) {
    live.classList.toggle("live-on", yes);
    live.textContent = word(speaking, yes ? "live" : "lost");
  }

  const source = new EventSource("/demo/events");
  source.addEventListener("message", (message) => take(JSON.parse(message.data)));
  source.addEventListener("open", () => connected(true));
  source.addEventListener("error", () => connected(false));
  draw();

  return {
    follow,
    setLanguage(next) {
      speaking = next;
      connected(source.readyState === EventSource.OPEN);
      draw();
    },
  };
}
