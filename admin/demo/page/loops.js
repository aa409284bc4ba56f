// The open loops: what each waits for, who holds it, how long they still have.

import { ask, make } from "./dom.js";
import { clockTime, span, word } from "./words.js";

const SOON_MS = 200;

/** Shows the loops in `root`, the last ended ones in `done`. Returns { setLanguage(language), changed() }. */
export function mountLoops(root, { done, count, language, now, onChoose }) {
  let speaking = language;
  let told = { open: [], done: [] };
  let waiting = null;
  let known = null;

  async function look() {
    try {
      told = await ask("/demo/loops");
    } catch {
      return;
    }
    draw();
  }

  function changed() {
    waiting ??= setTimeout(() => {
      waiting = null;
      look();
    }, SOON_MS);
  }

  function draw() {
    count.textContent = told.open.length || "";
    const focused = document.activeElement?.dataset?.loop;
    root.replaceChildren(...told.open.map(card));
    if (!told.open.length) {
      root.append(make("li.nothing", {}, make("b", {}, word(speaking, "noLoops")), word(speaking, "noLoopsHint")));
    }
    done.replaceChildren();
    if (told.done.length) {
      done.append(make("h3.small-head", {}, word(speaking, "doneLoops")), make("ol.loops", {}, ...told.done.map(card)));
    }
    known = new Set(told.open.map((loop) => loop.loop));
    if (focused) document.querySelector(`[data-loop="${focused}"]`)?.focus();
    tick();
  }

  function card(loop) {
    const title = loop.code || word(speaking, `kind-${loop.kind}`);
    const waits = loop.situation ? word(speaking, `situation-${loop.situation}`) : word(speaking, `status-${loop.status}`);
    const route = [loop.from?.[speaking], loop.to?.[speaking]].filter(Boolean).join(" → ");
    const fresh = known && !known.has(loop.loop) && loop.open;
    return make(`li.loop.loop-${loop.priority}${loop.open ? "" : ".loop-done"}${fresh ? ".loop-new" : ""}`, {},
      make("button.loop-card", { type: "button", "data-loop": loop.loop, title: word(speaking, "seeLoop"), onclick: () => onChoose(loop) },
        make("span.loop-top", {},
          make("b.loop-code", {}, title),
          make(`span.badge.badge-${loop.priority}`, {}, word(speaking, `priority-${loop.priority}`)),
          loop.due ? make("span.loop-left", { "data-due": loop.due }) : null),
        make("span.loop-waits", {}, waits),
        loop.holder ? make("span.loop-holder", {}, holder(loop.holder)) : null,
        route ? make("span.loop-route", {}, [route, loop.department?.[speaking]].filter(Boolean).join(" · ")) : null));
  }

  function holder(one) {
    const role = word(speaking, `role-${one.role}`);
    const where = (one.department ?? one.facility)[speaking];
    return word(speaking, one.person ? "heldBy" : "heldByRole", { person: one.person?.[speaking], role, where });
  }

  function tick() {
    for (const node of document.querySelectorAll("[data-due]")) {
      const seconds = (new Date(node.dataset.due) - now()) / 1000;
      const text = span(speaking, Math.abs(seconds));
      node.textContent = seconds < 0 ? word(speaking, "overdue", { span: text }) : text;
      node.title = word(speaking, "dueAt", { at: clockTime(speaking, node.dataset.due, true) });
      node.classList.toggle("loop-late", seconds < 0);
      node.classList.toggle("loop-soon", seconds >= 0 && seconds < 120);
    }
  }

  setInterval(tick, 1000);
  look();

  return {
    changed,
    setLanguage(next) {
      speaking = next;
      draw();
    },
  };
}
