// Making elements, without a framework.

/** element("button.rfs-key", { type: "button", onclick }, "text", child) */
export function element(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const ICONS = {
  send: "M3 11.5 20.5 4 14 21l-3-6.5L3 11.5ZM11 14.5 20.5 4",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  command: "M15 5 9 19",
  silent: "M6 9a6 6 0 0 1 9.5-4.9M18 11v3l2 3H8M10 20h4M4 4l16 16",
  close: "M6 6l12 12M18 6 6 18",
  pin: "M9 4h6l-1 6 3 3H7l3-3-1-6ZM12 13v7",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  place: "M12 21s-7-6-7-11a7 7 0 0 1 14 0c0 5-7 11-7 11ZM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c1-4 4-6 8-6s7 2 8 6",
  wait: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3 2",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6 4 12l6 6M4 12h9c4 0 6 2 7 6",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "rfs-icon");
  svg.setAttribute("aria-hidden", "true");
  if (name === "more") svg.style.strokeWidth = "3";
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

/** Text with Telegram's entities as nodes. Their offsets are UTF-16 units, as JavaScript's are. */
export function formatted(text, entities, onCommand) {
  const edges = new Set([0, text.length]);
  for (const one of entities) edges.add(one.offset).add(one.offset + one.length);
  const points = [...edges].filter((point) => point <= text.length).sort((a, b) => a - b);
  const nodes = [];
  for (let index = 0; index + 1 < points.length; index += 1) {
    const [from, to] = [points[index], points[index + 1]];
    let node = document.createTextNode(text.slice(from, to));
    for (const one of entities.filter((each) => each.offset <= from && to <= each.offset + each.length).reverse()) {
      node = wrapped(one, node, text.slice(one.offset, one.offset + one.length), onCommand);
    }
    nodes.push(node);
  }
  return nodes;
}

function wrapped(entity, node, covered, onCommand) {
  if (entity.type === "bot_command") {
    return element("button.rfs-command", { type: "button", onclick: () => onCommand(covered) }, node);
  }
  if (entity.type === "text_link" || entity.type === "url") {
    const url = entity.url || covered;
    const safe = /^(https?|tg|tel|mailto):/i.test(url);
    return element("a.rfs-link", { href: safe ? url : null, target: "_blank", rel: "noopener noreferrer" }, node);
  }
  if (entity.type === "spoiler") {
    const spoiler = element("button.rfs-spoiler", { type: "button", onclick: () => spoiler.classList.add("rfs-open") }, node);
    return spoiler;
  }
  return TAGS[entity.type] ? element(TAGS[entity.type], {}, node) : node;
}

/** Two letters for an avatar: first letters of two words, or the last two Chinese characters' first. */
export function initials(name) {
  const words = name.replace(/^(dr|prof|mr|mrs|ms)\.?\s+/i, "").trim().split(/\s+/);
  if (/[\u3400-\u9fff]/.test(name)) return name.replace(/[^\u3400-\u9fff]/g, "").slice(0, 1);
  return (words[0][0] + (words.length > 1 ? words[words.length - 1][0] : "")).toUpperCase();
}

/** A steady hue for a name. */
export function hue(name) {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}

const REACHABLE = "button, a[href], summary, textarea";

/**
 * Runs `draw`, which makes what is in `root` anew, and gives the focus back to what stands in its place: the same words
 * in the same message, else the same place there, else the message's list. Folded-out histories stay so.
 */
export function keepingFocus(root, draw) {
  const open = [...root.querySelectorAll("[data-message] details[open]")].map((one) => one.closest("[data-message]").dataset.message);
  const active = document.activeElement;
  const inside = active !== root && root.contains(active);
  const message = inside ? active.closest("[data-message]")?.dataset.message : null;
  const scope = () => (message ? root.querySelector(`[data-message="${message}"]`) : root);
  const all = () => [...(scope()?.querySelectorAll(REACHABLE) ?? [])];
  const at = inside ? all().indexOf(active) : -1;
  const words = inside ? active.textContent : "";
  draw();
  for (const id of open) root.querySelector(`[data-message="${id}"] details`)?.setAttribute("open", "");
  if (!inside || root.contains(active)) return;
  const there = all();
  const found = there.find((one) => words && one.textContent === words) ?? there[Math.min(at, there.length - 1)] ?? root;
  found.focus({ preventScroll: true });
}
