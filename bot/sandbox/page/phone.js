// One phone: its chat, what can be typed and pressed, and what the network does to it.

import { bubble } from "./bubble.js";
import { drawComposer } from "./composer.js";
import { element, hue, icon, initials, keepingFocus } from "./dom.js";
import { phoneMenu } from "./menu.js";
import { dayName, word } from "./words.js";

const TOAST_MS = 3500;
const TYPING_MS = 5000;
const GLIDE_MS = 600;
const MEANWHILE = 200; // changes of one chat while its transcript is on its way

export class Phone {
  constructor({ api, person, language, onChange, caption = null }) {
    Object.assign(this, { api, person, language, onChange, caption });
    this.messages = new Map();
    this.waiting = new Set();
    this.queued = [];
    this.commands = [];
    this.keyboard = null;
    this.blocked = false;
    this.unread = 0;
    this.replyTo = null;
    this.botName = "Refloop";
    this.typingUntil = null;
    this.gliding = 0;
    this.loads = 0;
    this.loaded = 0;
    this.meanwhile = [];
    this.build();
  }

  get name() {
    return this.caption?.[this.language].name || [this.person.name, this.person.last_name].filter(Boolean).join(" ");
  }

  get about() {
    return this.caption?.[this.language].about || this.person.phone || this.say("online");
  }

  say(key, values) {
    return word(this.language, key, values);
  }

  act(action, body = {}) {
    return this.api.post(`/people/${this.person.key}/${action}`, body).catch((problem) => {
      this.toast(problem.message, true);
      throw problem;
    });
  }

  // ---- what the sandbox tells

  async load() {
    const mine = ++this.loads;
    const shown = await this.api.get(`/people/${this.person.key}/transcript`);
    if (mine !== this.loads) return; // a later look knows more
    this.loaded = shown.last;
    this.person = shown.person;
    this.botName = shown.bot_name;
    this.blocked = shown.blocked;
    this.keyboard = shown.keyboard;
    this.commands = shown.commands;
    this.unread = shown.unread;
    this.messages = new Map(shown.messages.map((message) => [message.id, message]));
    this.waiting = new Set(shown.presses.filter((press) => !press.answered_at).map((press) => `${press.message}/${press.label}`));
    // What happened while the answer was on its way is newer than the answer.
    for (const [kind, change] of this.meanwhile) if (change.number > this.loaded) this.note(kind, change);
    this.meanwhile = [];
    this.draw();
    this.scrollDown(false);
  }

  /** What a change makes different, without drawing it. */
  note(kind, change) {
    if (kind === "message" || kind === "edited" || kind === "deleted") {
      const message = change.message;
      if (change.chat !== this.person.id) return;
      this.messages.set(message.id, message);
      if (kind !== "message") return;
      if (message.keyboard) this.keyboard = Object.keys(message.keyboard).length ? message.keyboard : null;
      this.unread = message.by === "bot" ? this.unread + 1 : 0;
    } else if (kind === "pressed") {
      this.waiting.add(`${change.press.message}/${change.press.label}`);
      this.unread = 0;
    } else if (kind === "answered") {
      this.waiting.delete(`${change.press.message}/${change.press.label}`);
    } else if (kind === "person") {
      this.person = change.person;
      if ("blocked" in change) this.blocked = change.blocked;
    } else if (kind === "pinned" && change.chat === this.person.id) {
      const message = this.messages.get(change.message);
      if (message) message.pinned = true;
    }
  }

  take(kind, change) {
    this.meanwhile.push([kind, change]);
    if (this.meanwhile.length > MEANWHILE) this.meanwhile.shift();
    const back = kind === "person" && change.person.online && !this.person.online;
    // The stream may lag behind a transcript that has told this already.
    if (change.number > this.loaded) this.note(kind, change);
    if (kind === "message" || kind === "edited" || kind === "deleted") {
      const message = change.message;
      if (change.chat !== this.person.id) return;
      if (kind === "message") this.setTyping(false);
      this.drawChat(message.id, kind);
      this.drawComposer();
      if (this.atEnd || message.by !== "bot") this.scrollDown(true);
      this.onChange();
    } else if (kind === "pressed") {
      this.drawChat();
      this.onChange();
    } else if (kind === "answered") {
      this.drawChat();
      if (change.press.alert) this.alert(change.press.text);
      else if (change.press.text) this.toast(change.press.text);
    } else if (kind === "person") {
      if (back) this.queued = [];
      this.draw();
    } else if (kind === "typing" && change.chat === this.person.id) {
      this.setTyping(true);
    } else if (kind === "pinned" && change.chat === this.person.id) {
      this.drawChat();
    } else if (kind === "commands" && (!change.scope.startsWith("chat:") || change.scope === `chat:${this.person.id}`)) {
      this.load();
    }
  }

  setLanguage(language) {
    this.language = language;
    this.draw();
  }

  /** Into a row, before another phone (or at its end). A chat that is moved would jump to its beginning. */
  place(row, before = null) {
    if (before === this.root) return;
    const top = this.atEnd ? Infinity : this.list.scrollTop;
    row.insertBefore(this.root, before);
    this.list.scrollTop = Math.min(top, this.list.scrollHeight);
  }

  show() {
    this.root.scrollIntoView({ behavior: "smooth", inline: "center", block: "nearest" });
    this.input.focus({ preventScroll: true });
    this.looked();
  }

  looked() {
    if (!this.unread) return;
    this.unread = 0;
    this.api.post(`/people/${this.person.key}/read`);
    this.onChange();
  }

  // ---- drawing

  build() {
    this.head = element("header.rfs-phone-head");
    this.banner = element("p.rfs-banner", { role: "status" });
    this.list = element("ol.rfs-chat", { role: "log", tabindex: "0" });
    this.toasts = element("div.rfs-toasts", { role: "status", "aria-live": "polite" });
    this.keys = element("div.rfs-keys");
    this.quote = element("div.rfs-quoting");
    this.input = element("textarea.rfs-input", { rows: "1", maxlength: "4096", enterkeyhint: "send" });
    this.form = element("form.rfs-composer");
    this.dialog = element("dialog.rfs-dialog.rfs-alert");
    this.root = element(
      "section.rfs-phone", { tabindex: "-1" },
      this.head, this.banner, this.list, this.toasts, this.keys, this.quote, this.form, this.dialog,
    );
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    this.input.addEventListener("input", () => {
      this.input.style.height = "auto";
      this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(this.input.value);
    });
    this.root.addEventListener("focusin", () => this.looked());
    this.root.addEventListener("pointerdown", () => this.looked());
    // Whoever reads the end of a chat stays there when a picture arrives or a keyboard takes room.
    this.atEnd = true;
    this.list.addEventListener("scroll", () => {
      if (Date.now() > this.gliding) this.atEnd = this.nearEnd();
    });
    for (const own of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      this.list.addEventListener(own, () => { this.gliding = 0; }, { passive: true });
    }
    const stay = () => this.atEnd && this.scrollDown(false);
    this.list.addEventListener("load", stay, true);
    new ResizeObserver(stay).observe(this.list);
    this.draw();
  }

  draw() {
    this.drawHead();
    this.drawChat();
    this.drawComposer();
  }

  drawHead() {
    const { person } = this;
    const state = person.deleted ? "gone" : !person.online ? "offline" : this.blocked ? "blocked" : null;
    this.root.setAttribute("aria-label", this.say("phoneOf", { name: this.name }));
    this.root.classList.toggle("rfs-off", Boolean(state));
    this.head.replaceChildren(
      element("span.rfs-avatar", { style: `--rfs-hue:${hue(person.key)}`, "aria-hidden": "true" }, initials(this.name)),
      element("div.rfs-who", {},
        element("h2.rfs-name", {}, this.name),
        element("p.rfs-sub", { title: this.about }, this.about)),
      state ? element(`span.rfs-state.rfs-state-${state}`, {}, this.say(state)) : "",
      phoneMenu(this),
    );
    const banner = state ? this.say(`${state}Banner`) : "";
    this.banner.textContent = banner;
    this.banner.hidden = !banner;
  }

  drawChat(changed = null, kind = "") {
    this.list.setAttribute("aria-label", this.say("chatOf", { name: this.name, bot: this.botName }));
    const nodes = [];
    let day = "";
    for (const message of [...this.messages.values()].sort((a, b) => a.id - b.id)) {
      const name = dayName(this.language, message.date);
      if (name !== day) nodes.push(element("li.rfs-day", {}, element("span", {}, name)));
      day = name;
      const node = bubble(this, message);
      if (message.id === changed) node.classList.add(kind === "message" ? "rfs-new" : "rfs-changed");
      nodes.push(node);
    }
    for (const text of this.queued) {
      nodes.push(element("li.rfs-line.rfs-own.rfs-queued", {},
        element("div.rfs-bubble", {}, text, element("span.rfs-meta", {}, icon("wait"), this.say("waiting")))));
    }
    if (!nodes.length) nodes.push(element("li.rfs-empty", {}, this.say("empty")));
    const top = this.list.scrollTop;
    keepingFocus(this.list, () => this.list.replaceChildren(...nodes));
    this.list.scrollTop = top;
  }

  drawComposer() {
    drawComposer(this);
  }

  // ---- what the person does

  async send(text) {
    if (!text.trim()) return;
    const reply = this.replyTo ? { reply_to: this.replyTo.id } : {};
    const answer = await this.act("say", { text, ...reply });
    this.input.value = "";
    this.input.style.height = "auto";
    this.reply(null);
    this.remember(answer, text);
  }

  async write(action, body = {}) {
    this.remember(await this.act(action, body), this.say(action));
  }

  remember(answer, text) {
    if (!answer.queued) return;
    this.queued.push(text);
    this.drawChat();
    this.scrollDown(true);
  }

  press(message, button) {
    if (button.url) {
      if (/^https?:/i.test(button.url)) window.open(button.url, "_blank", "noopener");
      return;
    }
    this.act("press", { message: message.id, data: button.data, label: button.label }).catch(() => {});
  }

  reply(message) {
    this.replyTo = message;
    this.drawComposer();
    if (message) this.input.focus();
  }

  // ---- small things

  toast(text, bad = false) {
    const toast = element(`div.rfs-toast${bad ? ".rfs-toast-bad" : ""}`, {}, text);
    this.toasts.append(toast);
    setTimeout(() => toast.remove(), TOAST_MS);
  }

  alert(text) {
    this.dialog.replaceChildren(
      element("p", {}, text),
      element("div.rfs-dialog-buttons", {},
        element("button.rfs-primary", { type: "button", autofocus: true, onclick: () => this.dialog.close() }, this.say("close"))));
    if (!this.dialog.open) this.dialog.show();
    this.dialog.querySelector("button").focus();
  }

  setTyping(on) {
    clearTimeout(this.typingUntil);
    this.head.querySelector(".rfs-sub")?.replaceChildren(
      on ? `${this.botName} ${this.say("typing")}` : this.about);
    if (on) this.typingUntil = setTimeout(() => this.setTyping(false), TYPING_MS);
  }

  nearEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
  }

  scrollDown(smooth) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // On its way to the end a chat is at its end: what grows meanwhile must not leave it behind.
    this.atEnd = true;
    this.gliding = smooth && !calm ? Date.now() + GLIDE_MS : 0;
    this.list.scrollTo({ top: this.list.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  }
}
