// Talking to the people API of a sandbox (docs/sandbox.md). `base` is its address; "" is the page's own.

const KINDS = [
  "message", "edited", "deleted", "held", "pressed", "answered", "typing", "pinned",
  "commands", "person", "faults", "rates", "clock", "reset",
];

/** An api for the mount functions. Its methods throw Error with the sandbox's own words. */
export function createApi(base = "") {
  const root = `${base}/sandbox/api`;
  const listeners = new Set();
  let source = null;

  async function call(method, path, body) {
    const response = await fetch(root + path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const answer = text.startsWith("{") ? JSON.parse(text) : { error: text };
    if (!response.ok) throw new Error(answer.error || answer.description || response.statusText);
    return answer;
  }

  function open() {
    source = new EventSource(`${root}/events`);
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        const change = { ...JSON.parse(event.data), number: Number(event.lastEventId) };
        for (const listener of [...listeners]) listener(kind, change);
      });
    }
    // After a break EventSource goes on by Last-Event-ID; a restarted sandbox counts anew, so look at everything.
    source.addEventListener("open", () => {
      for (const listener of [...listeners]) listener("connected", {});
    });
    source.addEventListener("error", () => {
      for (const listener of [...listeners]) listener("lost", {});
    });
  }

  return {
    get: (path) => call("GET", path),
    post: (path, body = {}) => call("POST", path, body),
    remove: (path, body = {}) => call("DELETE", path, body),
    fileUrl: (id) => `${root}/files/${encodeURIComponent(id)}`,
    /** Calls `listener(kind, change)` for all that happens; returns the function that ends it. */
    listen(listener) {
      listeners.add(listener);
      if (!source) open();
      return () => {
        listeners.delete(listener);
        if (!listeners.size && source) {
          source.close();
          source = null;
        }
      };
    },
  };
}
