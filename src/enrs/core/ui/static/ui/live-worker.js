// One EventSource for the whole browser: pages join with their tickets, hints go back to all of them.
// The same file runs as a SharedWorker and, where there is none, inside the page (see live.js).
"use strict";

const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const GATHER_MS = 150; // pages opened together join one stream
const TICKET_WAIT_MS = 4000; // a page that does not answer is gone

function liveHub(post) {
  const pages = new Map(); // port -> {ticket, url, fresh}: a fresh ticket has opened no stream yet
  const missed = new Set(); // ports that were left out of a stream: they ask again once they hear
  const streams = new Set(); // the newest, and those that are heard until it is up
  let source = null;
  let tries = 0;
  let timer = null;
  let joining = null;
  let isGathering = false;
  let wasLost = false;

  const tell = (message) => pages.forEach((_, port) => post(port, message));
  const used = () => pages.forEach((page) => { page.fresh = false; });
  const tickets = () => [...new Set([...pages.values()].map((page) => page.ticket))].filter(Boolean);
  const end = (stream) => { stream.close(); streams.delete(stream); };

  function open() {
    clearTimeout(timer);
    clearTimeout(joining);
    isGathering = false;
    const [first] = pages.values();
    if (!first || !tickets().length) return;
    const query = tickets().map((ticket) => `ticket=${encodeURIComponent(ticket)}`).join("&");
    const older = [...streams];
    const next = new EventSource(`${first.url}/stream?${query}`);
    streams.add(next);
    source = next;
    used();
    next.onopen = () => {
      older.forEach(end); // they were heard until now: no hint falls between
      tries = 0;
      tell({ type: "state", state: "open" });
      if (wasLost) tell({ type: "resync" });
      wasLost = false;
      missed.forEach((port) => {
        if (!pages.has(port)) return;
        missed.delete(port);
        post(port, { type: "resync" });
      });
    };
    next.addEventListener("hint", (event) => tell({ type: "hint", hint: JSON.parse(event.data) }));
    next.addEventListener("resync", () => tell({ type: "resync" }));
    next.addEventListener("revoked", (event) => {
      close();
      used();
      tell({ type: "revoked", topic: JSON.parse(event.data).topic });
      gather();
    });
    next.onerror = () => {
      end(next);
      if (next !== source) return;
      close();
      wasLost = true;
      tell({ type: "state", state: "connecting" });
      retry();
    };
  }

  function close() {
    streams.forEach(end);
    source = null;
    clearTimeout(timer);
  }

  function retry() {
    clearTimeout(timer);
    isGathering = false;
    const wait = RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)];
    timer = setTimeout(renew, wait * (0.75 + Math.random() / 2));
  }

  // A ticket lasts two minutes, so each page is asked for a fresh one before the stream opens again.
  function renew() {
    pages.forEach((page, port) => { if (!page.fresh) post(port, { type: "renew" }); });
    gather();
  }

  // The stream opens when every page has given its fresh ticket, or has had its time.
  function gather() {
    clearTimeout(timer);
    isGathering = true;
    timer = setTimeout(() => {
      pages.forEach((page, port) => { if (!page.fresh) leaveOut(port); });
      open();
    }, TICKET_WAIT_MS);
    settle();
  }
  function leaveOut(port) {
    pages.delete(port);
    missed.add(port);
  }
  function settle() {
    if (!isGathering || ![...pages.values()].every((page) => page.fresh)) return;
    clearTimeout(joining);
    joining = setTimeout(open, GATHER_MS);
  }

  function hear(port, message) {
    if (message.type === "bye") {
      pages.delete(port);
      missed.delete(port);
      if (!pages.size) close();
      return settle();
    }
    if (message.type === "failed") {
      if (pages.size === 1 && pages.has(port)) return retry();
      leaveOut(port); // it must not hold the other pages back; it tries again by itself
      setTimeout(() => post(port, { type: "renew" }), RETRY_MS.at(-1));
      return settle();
    }
    pages.set(port, { ticket: message.ticket, url: message.url, fresh: true });
    if (source?.readyState === 1) post(port, { type: "state", state: "open" });
    if (isGathering) settle();
    else renew();
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
