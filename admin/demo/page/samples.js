// The menu of sample messages: what hospitals' systems send, and what they were answered.

import { ask, make } from "./dom.js";
import { word } from "./words.js";

/** Shows the menu in `root`. Returns { setLanguage(language) }. */
export function mountSamples(root, { language }) {
  let speaking = language;
  let samples = [];
  const list = make("div.sample-list", { id: "sample-list", role: "menu", hidden: true });
  const opener = make("button.primary", { type: "button", "aria-expanded": "false", "aria-controls": "sample-list", onclick: () => open(list.hidden) });
  const answer = make("p.answer", { role: "status", hidden: true });
  root.append(opener, list, answer);

  function open(wanted) {
    list.hidden = !wanted;
    opener.setAttribute("aria-expanded", String(wanted));
    if (!wanted) return;
    // Above the bar of parts, where there is one.
    const end = document.querySelector(".tabs").getBoundingClientRect().top || innerHeight;
    list.style.maxHeight = `${end - opener.getBoundingClientRect().bottom - 14}px`;
    list.querySelector("button")?.focus();
  }

  function draw() {
    opener.replaceChildren(make("span", {}, word(speaking, "sendSample")), make("span.chevron", { "aria-hidden": "true" }));
    list.replaceChildren(
      ...samples.map((sample) =>
        make("button.sample", { type: "button", role: "menuitem", onclick: () => send(sample) },
          make("span.sample-name", {}, sample[speaking]),
          make("span.sample-format", {}, sample.format))));
    if (!samples.length) list.replaceChildren(make("p.nothing", {}, word(speaking, "noSamples")));
  }

  async function send(sample) {
    open(false);
    opener.focus();
    say("sending", word(speaking, "sending"));
    try {
      const { status, answer: body } = await ask(`/demo/samples/${sample.name}`, "POST");
      say(status < 300 ? "taken" : "refused", `${sample.format} → ${status}`, reason(body));
    } catch (problem) {
      say("refused", problem.message);
    }
  }

  function say(kind, head, text = "") {
    answer.className = `answer answer-${kind}`;
    answer.hidden = false;
    answer.replaceChildren(make("b", {}, head), ...(text ? [make("span", {}, text)] : []));
  }

  /** What the intake said, out of its JSON or its FHIR OperationOutcome. */
  function reason(body) {
    if (body.issue) {
      return body.issue.map((one) => {
        const code = one.details?.coding?.[0]?.code;
        const said = one.diagnostics || one.details?.text || "";
        return [one.expression?.join(", "), code, said].filter(Boolean).join(": ");
      }).join(" · ");
    }
    if (body.errors) return body.errors.map((one) => `${one.field}: ${one.text}`).join(" · ");
    return [body.code, body.outcomes?.map((one) => one.what).join(", ")].filter(Boolean).join(": ");
  }

  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
    }
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      open(false);
      opener.focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!root.contains(event.target)) open(false);
  });

  ask("/demo/samples").then((told) => {
    samples = told.samples;
    draw();
  });
  draw();

  return {
    setLanguage(next) {
      speaking = next;
      draw();
    },
  };
}
