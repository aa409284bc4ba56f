// The menus of a phone: what happens to it, what it can send, which commands the bot offers.

import { element, icon } from "./dom.js";

export const SAMPLE_PLACE = { latitude: 23.0207, longitude: 113.7518 };

/** The menu in the head of a phone. */
export function phoneMenu(phone) {
  const { person } = phone;
  if (person.deleted) return "";
  return menu("rfs-menu", phone.say("more"), "more", [
    [phone.say(person.online ? "goOffline" : "goOnline"), () => phone.act(person.online ? "offline" : "online")],
    [phone.say(phone.blocked ? "unblock" : "block"), () => phone.act(phone.blocked ? "unblock" : "block")],
    [phone.say("shareContact"), () => phone.write("contact")],
    [phone.say("shareLocation"), () => phone.write("location", SAMPLE_PLACE)],
    [phone.say("sendPhoto"), () => phone.write("photo")],
    [phone.say("sendDocument"), () => phone.write("document")],
    [phone.say("sendVoice"), () => phone.write("voice")],
    [phone.say("deleteAccount"), () => confirmDelete(phone), "rfs-danger"],
  ]);
}

/** The bot's commands, in the person's language. */
export function commandMenu(phone) {
  const start = { command: "start", description: phone.say("start") };
  const commands = [start, ...phone.commands.filter((one) => one.command !== "start")];
  return menu("rfs-menu.rfs-menu-up", phone.say("commands"), "command", commands.map((one) => [
    [element("b", {}, `/${one.command}`), " ", one.description], () => phone.send(`/${one.command}`),
  ]));
}

function menu(kind, label, picture, items) {
  const close = (refocus) => {
    opened.open = false;
    if (refocus) opened.firstChild.focus();
  };
  const opened = element(
    `details.${kind}`, {},
    element("summary.rfs-round", { "aria-label": label, title: label }, icon(picture)),
    element("div.rfs-items", {}, ...items.map(([text, run, mark]) =>
      element(`button.rfs-item${mark ? `.${mark}` : ""}`, {
        type: "button",
        onclick: () => {
          close(true);
          run();
        },
      }, ...[text].flat()))),
  );
  opened.addEventListener("focusout", (event) => {
    if (!opened.contains(event.relatedTarget)) close(false);
  });
  opened.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(true);
  });
  return opened;
}

function confirmDelete(phone) {
  const { dialog } = phone;
  const sure = () => {
    dialog.close();
    phone.act("delete");
  };
  dialog.replaceChildren(
    element("p", {}, phone.say("sureDelete", { name: phone.person.name })),
    element("div.rfs-dialog-buttons", {},
      element("button.rfs-plain", { type: "button", onclick: () => dialog.close() }, phone.say("cancel")),
      element("button.rfs-primary.rfs-danger", { type: "button", onclick: sure }, phone.say("deleteAccount"))),
  );
  if (!dialog.open) dialog.show();
  dialog.querySelector("button").focus();
}
