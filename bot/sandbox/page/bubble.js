// One message of a chat: its words, what hangs on it, the buttons under it.

import { element, formatted, icon } from "./dom.js";
import { timeOfDay } from "./words.js";

/** The list item of a message on `phone`. */
export function bubble(phone, message) {
  const own = message.by !== "bot";
  if (message.deleted) {
    return element("li.rfs-line.rfs-deleted", {}, element("span", {}, phone.say("deleted")));
  }
  const quoted = message.reply_to ? phone.messages.get(message.reply_to) : null;
  const body = element(
    "div.rfs-bubble", {},
    quoted ? element("div.rfs-quoted", {}, (quoted.text || phone.say("document")).slice(0, 90)) : null,
    message.attachment ? attachment(phone, message.attachment) : null,
    message.text ? element("div.rfs-text", {}, ...formatted(message.text, message.entities, (text) => phone.send(text))) : null,
    history(phone, message),
    meta(phone, message),
  );
  const line = element(`li.rfs-line${own ? ".rfs-own" : ""}`, { "data-message": message.id }, body);
  if (!own) body.append(replyButton(phone, message));
  if (message.buttons.length) line.append(keyboard(phone, message));
  return line;
}

function meta(phone, message) {
  return element(
    "span.rfs-meta", {},
    message.pinned ? icon("pin") : null,
    message.silent ? element("span.rfs-quiet", { title: phone.say("silent") }, icon("silent"), element("span.rfs-hidden", {}, phone.say("silent"))) : null,
    element("time", { datetime: message.date }, timeOfDay(phone.language, message.date)),
  );
}

function history(phone, message) {
  if (!message.history.length) return null;
  return element(
    "details.rfs-history", {},
    element("summary", {},
      phone.say(message.edits > 1 ? "editedTimes" : "edited", { count: message.edits }), " ",
      element("time", { datetime: message.edited_at }, timeOfDay(phone.language, message.edited_at))),
    ...message.history.map((version) =>
      element("p", {}, element("time", { datetime: version.at }, timeOfDay(phone.language, version.at)), " ", version.text)),
  );
}

function replyButton(phone, message) {
  return element(
    "button.rfs-reply",
    { type: "button", "aria-label": phone.say("replyTo"), title: phone.say("replyTo"), onclick: () => phone.reply(message) },
    icon("reply"),
  );
}

function keyboard(phone, message) {
  return element(
    "div.rfs-buttons", { role: "group" },
    ...message.buttons.map((row) =>
      element("div.rfs-button-row", {}, ...row.map((button) => {
        const waits = phone.waiting.has(`${message.id}/${button.label}`);
        return element(
          `button.rfs-button${waits ? ".rfs-waiting" : ""}`,
          { type: "button", "aria-busy": waits ? "true" : null, onclick: () => phone.press(message, button) },
          button.label,
          button.url ? element("span.rfs-away", { "aria-hidden": "true" }, "↗") : null,
        );
      }))),
  );
}

function attachment(phone, file) {
  if (file.kind === "photo") {
    return element("img.rfs-photo", {
      src: phone.api.fileUrl(file.file_id), alt: phone.say("photo"), width: file.width, height: file.height, loading: "lazy",
    });
  }
  if (file.kind === "voice") {
    return element("div.rfs-card", {}, icon("file"),
      element("span", {}, element("b", {}, phone.say("voice")), element("small", {}, `${file.duration} s`)));
  }
  if (file.kind === "document") {
    return element("a.rfs-card", { href: phone.api.fileUrl(file.file_id), download: file.file_name },
      icon("file"), element("span", {}, element("b", {}, file.file_name), element("small", {}, `${Math.ceil(file.file_size / 1024)} kB`)));
  }
  if (file.kind === "contact") {
    return element("div.rfs-card", {}, icon("person"),
      element("span", {}, element("b", {}, [file.first_name, file.last_name].filter(Boolean).join(" ")), element("small", {}, file.phone_number)));
  }
  return element("div.rfs-card", {}, icon("place"),
    element("span", {}, element("b", {}, phone.say("location")), element("small", {}, `${file.latitude.toFixed(4)}, ${file.longitude.toFixed(4)}`)));
}
