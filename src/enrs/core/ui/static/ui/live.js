// The page's end of the live stream: gives its ticket, turns hints into `live:<kind>` on the body.
// An element refreshes by hx-trigger="live:observation from:body".
(() => {
  "use strict";
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content || "";
  const ticketUrl = meta("live-ticket-url");
  const topics = new Set(meta("live-topics").split(" ").filter(Boolean));
  const PACE_MS = 1000; // at most one refresh a second for each kind
  const JITTER_MS = 400; // a ward's screens do not all ask at the same instant
  const LEAVING_MS = 10000; // a page still there after this has gone nowhere
  const WORDS = { open: "En direct", connecting: "Reconnexion…", closed: "Hors direct" };
  let ticket = meta("live-ticket");
  let url = meta("live-url");
  if (!url || !ticketUrl) return;

  function show(state) {
    document.querySelectorAll("[data-live-state]").forEach((el) => {
      if (el.dataset.liveState === state) return;
      el.dataset.liveState = state;
      el.querySelector("[data-live-words]").textContent = WORDS[state];
    });
  }

  // --- hints ---
  const waiting = new Map(); // kind -> {ids, topics, timer, last}
  function hint({ topic, kind, ids }) {
    if (topics.size && topic && !topics.has(topic)) return;
    const box = waiting.get(kind) || { ids: new Set(), topics: new Set(), timer: null, last: 0 };
    waiting.set(kind, box);
    (ids || []).forEach((id) => box.ids.add(id));
    if (topic) box.topics.add(topic);
    if (box.timer) return;
    wait(kind, box, Math.max(0, box.last + PACE_MS - Date.now()) + Math.random() * JITTER_MS);
  }
  function wait(kind, box, due) {
    box.timer = setTimeout(() => {
      box.timer = null;
      if (document.hidden) return; // shown again, it catches up (below)
      // What is asking already would take the place of the element that asks: the hint waits for it.
      if (document.querySelector(`.htmx-request[hx-trigger*="live:${kind}"]`)) return wait(kind, box, PACE_MS);
      fire(kind, box);
    }, due);
  }
  function fire(kind, box) {
    const detail = { kind, ids: [...box.ids], topics: [...box.topics] };
    box.ids.clear();
    box.topics.clear();
    box.last = Date.now();
    htmx.trigger(document.body, `live:${kind}`, detail);
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    waiting.forEach((box, kind) => { if (!box.timer && box.topics.size + box.ids.size) fire(kind, box); });
  });
  // After a gap nobody knows what was missed: everything that listens asks again.
  function resync() {
    const kinds = new Set();
    document.querySelectorAll('[hx-trigger*="live:"]').forEach((el) => {
      for (const [, kind] of el.getAttribute("hx-trigger").matchAll(/live:([\w.-]+)/g)) kinds.add(kind);
    });
    kinds.forEach((kind) => setTimeout(() => htmx.trigger(document.body, `live:${kind}`, { kind, ids: [], topics: [] }), Math.random() * JITTER_MS));
  }

  // --- tickets ---
  async function renew() {
    try {
      const answer = await fetch(ticketUrl, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": meta("csrf-token"), "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ ticket }) });
      if (answer.status === 401 || answer.status === 403 || answer.redirected) {
        show("closed");
        return send({ type: "bye" });
      }
      if (!answer.ok) throw new Error(String(answer.status));
      ({ ticket, url = url } = await answer.json());
      send({ type: "join", ticket, url });
    } catch {
      send({ type: "failed" });
    }
  }

  // A right ended: the server decides anew what this page may show. One about somebody else only lost its
  // stream. A form just sent brings the next page by itself: asking again would take its place.
  let isLeaving = false;
  window.addEventListener("beforeunload", () => { isLeaving = true; });
  function revoked(topic) {
    if (topics.size && topic && !topics.has(topic)) return renew();
    setTimeout(() => location.reload(), isLeaving ? LEAVING_MS : 0);
  }

  let send = () => {};
  function receive(message) {
    if (message.type === "state") show(message.state);
    if (message.type === "hint") hint(message.hint);
    if (message.type === "resync") resync();
    if (message.type === "renew") renew();
    if (message.type === "revoked") revoked(message.topic);
  }

  function start() {
    show("connecting");
    if (window.SharedWorker) {
      const port = new SharedWorker(meta("live-worker"), { name: "enrs-live" }).port;
      port.onmessage = (event) => receive(event.data);
      port.start();
      send = (message) => port.postMessage(message);
      send({ type: "join", ticket, url });
      return;
    }
    const script = Object.assign(document.createElement("script"), { src: meta("live-worker") });
    script.onload = () => {
      const hub = liveHub((_, message) => receive(message));
      send = (message) => hub.hear("page", message);
      send({ type: "join", ticket, url });
    };
    document.head.append(script);
  }
  window.addEventListener("pagehide", () => send({ type: "bye" }));
  window.addEventListener("pageshow", (event) => { if (event.persisted) renew(); });
  start();
})();
