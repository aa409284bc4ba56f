// Where a person writes: the reply keyboard, the message replied to, the text field.

import { element, icon } from "./dom.js";
import { commandMenu, SAMPLE_PLACE } from "./menu.js";

/** Draws the lower end of a phone anew; a text being typed stays. */
export function drawComposer(phone) {
  const { person, form } = phone;
  form.hidden = person.deleted;
  drawKeys(phone);
  drawQuote(phone);
  if (phone.blocked) return wide(phone, "unblock");
  if (!phone.messages.size) return wide(phone, "start");
  const made = `${phone.language} ${JSON.stringify(phone.commands)}`;
  if (form.contains(phone.input) && form.dataset.made === made) return undefined;
  form.dataset.made = made;
  phone.input.setAttribute("aria-label", phone.say("write"));
  phone.input.placeholder = phone.say("write");
  return form.replaceChildren(
    commandMenu(phone),
    phone.input,
    element("button.rfs-round.rfs-send", { type: "submit", "aria-label": phone.say("send") }, icon("send")),
  );
}

function wide(phone, action) {
  const button = element("button.rfs-primary.rfs-wide", { type: "button", onclick: () => phone.act(action) }, phone.say(action));
  phone.form.replaceChildren(button);
}

function drawKeys(phone) {
  const rows = phone.keyboard?.keyboard || [];
  phone.keys.hidden = !rows.length || phone.blocked || phone.person.deleted;
  phone.keys.replaceChildren(...rows.map((row) =>
    element("div.rfs-key-row", {}, ...row.map((key) =>
      element("button.rfs-key", { type: "button", onclick: () => pressKey(phone, key) }, key.text)))));
}

function pressKey(phone, key) {
  if (key.request_contact) phone.write("contact");
  else if (key.request_location) phone.write("location", SAMPLE_PLACE);
  else phone.send(key.text);
}

function drawQuote(phone) {
  phone.quote.hidden = !phone.replyTo;
  if (!phone.replyTo) return;
  const cancel = { type: "button", "aria-label": phone.say("cancelReply"), onclick: () => phone.reply(null) };
  phone.quote.replaceChildren(
    icon("reply"),
    element("span", {}, phone.replyTo.text.slice(0, 80)),
    element("button.rfs-round", cancel, icon("close")),
  );
}
