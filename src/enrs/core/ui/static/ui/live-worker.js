// One EventSource for the whole browser: pages join with their tickets, hints go back to all of them.
// The same file runs as a SharedWorker and, where there is none, inside the page (see live.js).
"use strict";

const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const GATHER_MS = 150; // pages opened together join one stream
const TICKET_WAIT_MS = 4000; // a page that does not answer is gone

function liveHub(post) {
  const pages = new Map(); // port -> {ticket, url}
  let source = null;
  let tries = 0;
  let timer = null;
  let joining = null;
  let wasLost = false;

  const tell = (message) => pages.forEach((_, port) => post(port, message));
  const tickets = () => [...new Set([...pages.values()].map((page) => page.ticket))].filter(Boolean);

  function open() {
    const [first] = pages.values();
    if (!first || !tickets().length) return;
    const query = tickets().map((ticket) => `ticket=${encodeURIComponent(ticket)}`).join("&");
    const next = new EventSource(`${first.url}/stream?${query}`);
    const last = source;
    source = next;
    next.onopen = () => {
      last?.close(); // the new stream is up before the old one goes: no hint falls between
      tries = 0;
      tell({ type: "state", state: "open" });
      if (wasLost) tell({ type: "resync" });
      wasLost = false;
    };
    next.addEventListener("hint", (event) => {
      if (next === source) tell({ type: "hint", hint: JSON.parse(event.data) });
    });
    next.addEventListener("revoked", () => {
      close();
      tell({ type: "revoked" });
    });
    next.onerror = () => {
      next.close();
      last?.close();
      if (next !== source) return;
      source = null;
      wasLost = true;
      tell({ type: "state", state: "connecting" });
      retry();
    };
  }

  function close() {
    source?.close();
    source = null;
    clearTimeout(timer);
  }

  function retry() {
    clearTimeout(timer);
    const wait = RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)];
    timer = setTimeout(renew, wait * (0.75 + Math.random() / 2));
  }

  // A ticket lasts two minutes, so each page is asked for a fresh one before the stream opens again.
  function renew() {
    clearTimeout(timer);
    pages.forEach((page, port) => {
      page.fresh = false;
      post(port, { type: "renew" });
    });
    timer = setTimeout(() => {
      pages.forEach((page, port) => { if (!page.fresh) pages.delete(port); });
      if (pages.size) open();
    }, TICKET_WAIT_MS);
  }

  function hear(port, message) {
    if (message.type === "bye") {
      pages.delete(port);
      if (!pages.size) close();
      return;
    }
    if (message.type === "failed") {
      if (pages.size === 1 && pages.has(port)) return retry();
      pages.delete(port); // it must not hold the other pages back; it tries again by itself
      setTimeout(() => post(port, { type: "renew" }), RETRY_MS.at(-1));
      return;
    }
    const known = pages.has(port);
    pages.set(port, { ticket: message.ticket, url: message.url, fresh: true });
    if (known && [...pages.values()].some((page) => !page.fresh)) return;
    if (source?.readyState === 1) post(port, { type: "state", state: "open" });
    clearTimeout(joining);
    clearTimeout(timer);
    joining = setTimeout(() => (known || !source ? open() : renew()), GATHER_MS);
  }
  return { hear };
}

if (typeof SharedWorkerGlobalScope !== "undefined") {
  const hub = liveHub((port, message) => port.postMessage(message));
  self.onconnect = (event) => {
    const port = event.ports[0];
    port.onmessage = (message) => hub.hear(port, message.data);
    port.start();
  };
}
