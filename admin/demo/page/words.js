// Texts of the page in the reader's language, and the small ways of writing times.

import { EN } from "./words-en.js";
import { ZH } from "./words-zh.js";

const WORDS = { en: EN, zh: ZH };

/** The browser's language if we speak it, else English. */
export function browserLanguage() {
  return (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** A text in a language; {name} is filled in. A code without a text is shown as words. */
export function word(language, key, values = {}) {
  const text = (WORDS[language] || EN)[key] ?? key.replace(/^[a-z]+-/, "").replaceAll("_", " ");
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** An event in plain words. Parts in [brackets] are left out when a value in them is missing. */
export function sentence(language, event) {
  const values = Object.fromEntries(
    Object.entries({ ...event.given, ...event.given.decision }).map(([name, value]) => [name, said(language, name, value)]));
  const text = (WORDS[language] || EN)[`event-${event.type}`] ?? event.type;
  const filled = text.replace(/\[([^\]]*)\]/g, (_, part) => {
    const asked = [...part.matchAll(/\{(\w+)\}/g)].map((one) => one[1]);
    return asked.every((name) => values[name]) ? part : "";
  });
  return filled.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "").replace(/\s+/g, " ").trim();
}

const TIMES = new Set(["time", "not_before", "expected_at"]);
const KINDS = { asked_priority: "priority", asked: "priority", becomes: "becomes" };

function said(language, name, value) {
  if (value === null || value === undefined || value === false || value === "") return "";
  if (Array.isArray(value)) return value.map((one) => said(language, name, one)).join(language === "zh" ? "、" : ", ");
  if (typeof value === "object") return value[language] ?? "";
  if (value === true) return word(language, `flag-${name}`);
  if (typeof value === "number") return String(value);
  if (TIMES.has(name)) return clockTime(language, value, true);
  const key = `${KINDS[name] ?? name}-${value}`;
  return key in (WORDS[language] || EN) ? word(language, key) : word(language, `code-${value}`);
}

const locale = (language) => (language === "zh" ? "zh-CN" : "en-GB");
let timeZone;

/** Times are shown in this zone from now on. */
export function inZone(name) {
  timeZone = name;
}

/** 10:03:12, or with the day when it is asked for: Wed 4 Mar, 10:03. */
export function clockTime(language, iso, day = false) {
  const shape = day
    ? { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false }
    : { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  return new Intl.DateTimeFormat(locale(language), { ...shape, timeZone }).format(new Date(iso));
}

/** Ten in the morning there, so many days after the day of an instant. */
export function morning(iso, days) {
  const shape = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  const parts = new Intl.DateTimeFormat("en-GB", shape).formatToParts(new Date(iso));
  const [hour, minute] = ["hour", "minute"].map((type) => Number(parts.find((part) => part.type === type).value));
  return new Date(Date.parse(iso) + (((days * 24 + 10 - hour) * 60 - minute) * 60000)).toISOString();
}

/** "2 d 3 h", "4 min 20 s" for seconds. */
export function span(language, seconds) {
  const units = language === "zh"
    ? [["天", 86400], ["小时", 3600], ["分", 60], ["秒", 1]]
    : [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  let rest = Math.max(0, Math.floor(seconds));
  const first = units.findIndex(([, size]) => rest >= size);
  const parts = [];
  for (const [name, size] of units.slice(first < 0 ? 3 : first).slice(0, 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount || !parts.length) parts.push(language === "zh" ? `${amount}${name}` : `${amount} ${name}`);
  }
  return parts.join(" ");
}
