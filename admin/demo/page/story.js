// [Play the story]: an emergency that nobody answers, the way home, a reading, a new referral. It presses and types on
// the phones as people would, so whoever stops it can go on from there.

import { ask, byId, make } from "./dom.js";
import { morning, word } from "./words.js";

const PATIENCE_MS = 45000;
// Before each act the caption is read; with the rests that leaves a sixth of ninety seconds for the acts themselves.
const LEAD_SECONDS = 1;

class Stopped extends Error {}

/** Plays the story. `focus(keys)` brings phones to the front. Returns { setLanguage(language), play(), playing() }. */
export function mountStory(root, { opener, api, language, focus, pace = 1 }) {
  let speaking = language;
  let running = null;
  let step = 0;

  const steps = [
    { caption: "begin", who: ["community-doctor", "hospital-doctor"], rest: 3 },
    { caption: "stat", who: ["community-doctor", "hospital-doctor"], act: emergency, rest: 6 },
    { caption: "silence", who: ["hospital-doctor", "community-doctor"], act: () => forward(60), rest: 4 },
    { caption: "second", who: ["hospital-doctor", "second-hospital-doctor"], act: () => forward(60), rest: 4 },
    { caption: "escalated", who: ["community-doctor", "coordinator"], act: () => forward(180), rest: 5 },
    { caption: "accepted", who: ["second-hospital-doctor", "patient"], act: accepted, rest: 5 },
    { caption: "arrived", who: ["second-hospital-doctor", "community-doctor"], act: arrived, rest: 4 },
    { caption: "home", who: ["community-doctor", "patient"], act: home, rest: 4 },
    { caption: "reading", who: ["patient", "community-doctor"], act: reading, rest: 5 },
    { caption: "again", who: ["community-doctor", "hospital-doctor"], act: again, rest: 4 },
    { caption: "yours", who: null, rest: 0 },
  ];

  const ACCEPT = /^(接收 · |Accept · )/;
  const forward = (seconds) => api.post("/clock", { forward: seconds });

  async function emergency() {
    await send("emergency");
    await until("hospital-doctor", newest(/STAT/));
  }

  async function accepted() {
    await press("second-hospital-doctor", /STAT/, /come now|立即来/);
    await until("patient", newest(/请现在|go now/i));
  }

  async function arrived() {
    await press("second-hospital-doctor", /./, /^(Arrived|已到院)$/);
  }

  async function home() {
    await answerTheOther();
    // In the morning: at night nobody is told what can wait, and somebody may play this in the evening.
    await api.post("/clock", { to: morning((await api.get("/clock")).now, 2) });
    const before = await last("community-doctor");
    await send("discharge");
    await press("community-doctor", /回转单|Return form/i, /^(已收到|Received)$/, before);
  }

  /** Left open, it would be asked again every two hours, through both days; somebody may have answered it already. */
  async function answerTheOther() {
    const open = (await messagesOf("hospital-doctor")).findLast(
      (one) => one.by === "bot" && !one.deleted && /^(紧急转诊|Urgent referral)/.test(one.text || "") && button(one, ACCEPT),
    );
    if (open) await api.post("/people/hospital-doctor/press", { message: open.id, label: button(open, ACCEPT) });
  }

  async function reading() {
    const before = await last("patient");
    for (let day = 0; day < 14; day += 1) {
      await forward(86400);
      if (await last("patient", before, /血压|blood pressure/i)) break;
    }
    await api.post("/people/patient/say", { text: "186/112" });
    await until("community-doctor", newest(/186\/112/));
  }

  async function again() {
    const before = await last("hospital-doctor");
    await api.post("/people/community-doctor/say", { text: "/refer 李秀英 71女 心内 BP 186/112 头痛两天 急" });
    await press("community-doctor", /草稿|draft/i, /病人已同意|patient agrees/i);
    await until("hospital-doctor", newest(/^(紧急转诊|Urgent referral)/, before));
  }

  /** The newest message of the bot that reads so. */
  function newest(text, after = 0) {
    return (messages) => messages.findLast((one) => one.id > after && one.by === "bot" && !one.deleted && text.test(one.text || ""));
  }

  async function messagesOf(who) {
    return (await api.get(`/people/${who}/transcript`)).messages;
  }

  async function last(who, after = 0, text = /./) {
    const found = (await messagesOf(who)).filter((one) => one.id > after && one.by === "bot" && text.test(one.text || ""));
    return found.at(-1)?.id ?? 0;
  }

  async function until(who, found) {
    const ends = Date.now() + PATIENCE_MS;
    for (;;) {
      still();
      const one = found(await messagesOf(who));
      if (one) return one;
      if (Date.now() > ends) throw new Error(word(speaking, "storyStuck"));
      await sleep(300);
    }
  }

  async function press(who, text, label, after = 0) {
    const wanted = (one) => one.id > after && one.by === "bot" && !one.deleted && text.test(one.text || "") && button(one, label);
    const card = await until(who, (messages) => messages.findLast(wanted));
    await api.post(`/people/${who}/press`, { message: card.id, label: button(card, label) });
  }

  function button(message, label) {
    return (message.buttons || []).flat().map((one) => one.label).find((one) => label.test(one));
  }

  const send = (name) => ask(`/demo/samples/${name}`, "POST");

  function still() {
    if (!running || running.stopped) throw new Stopped();
  }

  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

  async function rest(seconds) {
    const ends = Date.now() + seconds * 1000 * pace;
    while (Date.now() < ends) {
      still();
      await sleep(100);
    }
  }

  function draw() {
    const playing = Boolean(running);
    root.hidden = !playing && step === 0;
    opener.textContent = word(speaking, playing ? "stopStory" : "playStory");
    opener.setAttribute("aria-pressed", String(playing));
    document.body.classList.toggle("story-on", playing);
    if (root.hidden) return;
    const now = steps[Math.min(step, steps.length) - 1] ?? steps[0];
    const problem = !playing && running === null && root.dataset.problem;
    const shown = [
      make("span.story-bar", { "aria-hidden": "true" }, ...steps.map((_, at) => make(`i${at < step ? ".done" : ""}`))),
      make("p.story-words", { role: "status", "aria-live": "polite" }, problem || word(speaking, `story-${now.caption}`)),
      playing ? null : make("button.tool", { type: "button", onclick: close }, word(speaking, "closeStory")),
    ];
    root.replaceChildren(...shown.filter(Boolean));
  }

  function close() {
    step = 0;
    delete root.dataset.problem;
    focus(null);
    draw();
  }

  async function play() {
    const mine = { stopped: false };
    running = mine;
    step = 0;
    delete root.dataset.problem;
    try {
      for (const [at, one] of steps.entries()) {
        step = at + 1;
        focus(one.who);
        draw();
        await rest(LEAD_SECONDS);
        if (one.act) await one.act();
        await rest(one.rest);
      }
    } catch (problem) {
      if (!(problem instanceof Stopped)) root.dataset.problem = problem.message;
    }
    if (running === mine) running = null;
    if (step < steps.length) focus(null);
    draw();
  }

  function stop() {
    running.stopped = true;
    running = null;
    draw();
  }

  opener.addEventListener("click", () => (running ? stop() : play()));
  draw();

  return {
    play,
    playing: () => Boolean(running),
    setLanguage(next) {
      speaking = next;
      draw();
    },
  };
}
