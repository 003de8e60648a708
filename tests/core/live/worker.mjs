// The hub of live-worker.js under a clock and streams of our own: what each page is told, as JSON lines.
// Usage: node worker.mjs live-worker.js SCENARIO
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [file, scenario] = process.argv.slice(2);
const timers = [];
const streams = [];
let now = 0;
class EventSource {
  constructor(url) {
    this.readyState = 0;
    this.heard = {};
    this.tickets = [...url.matchAll(/ticket=([^&]*)/g)].map((one) => one[1]);
    streams.push(this);
  }
  addEventListener(name, hear) { this.heard[name] = hear; }
  close() { this.readyState = 2; }
  open() { this.readyState = 1; this.onopen(); }
  fail() { this.readyState = 0; this.onerror(); }
  send(name, data) { if (this.readyState === 1) this.heard[name]({ data: JSON.stringify(data) }); }
}
const world = {
  EventSource,
  setTimeout: (run, wait) => { const one = { at: now + wait, run }; timers.push(one); return one; },
  clearTimeout: (one) => { const at = timers.indexOf(one); if (at >= 0) timers.splice(at, 1); },
};
vm.runInNewContext(`${readFileSync(file, "utf8")}\nthis.liveHub = liveHub;`, world);

const told = [];
const silent = new Set(); // pages that do not answer
const hub = world.liveHub((page, message) => {
  told.push([page, message.type, message.hint?.kind || message.state || ""].filter(Boolean).join(" "));
  if (message.type === "renew" && !silent.has(page)) setImmediateJoin(page);
});
const setImmediateJoin = (page) => world.setTimeout(() => join(page), 10);
let issued = 0;
const join = (page) => hub.hear(page, { type: "join", ticket: `${page}${issued++}`, url: "" });
function pass(ms) {
  const until = now + ms;
  for (;;) {
    const next = timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0];
    if (!next) break;
    timers.splice(timers.indexOf(next), 1);
    now = next.at;
    next.run();
  }
  now = until;
}
const last = () => streams.at(-1);
const HINT = { topic: "patient:a", kind: "notes", ids: [] };

const SCENARIOS = {
  // A second page opens: until the common stream is up, the first one goes on hearing.
  reopening() {
    join("A");
    pass(200);
    const first = last();
    first.open();
    join("B");
    pass(400);
    const second = last();
    first.send("hint", HINT);
    second.open();
    return { heard: told.filter((one) => one.endsWith("hint notes")), isClosed: first.readyState === 2, tickets: second.tickets.length };
  },
  // A new page's own ticket opens the stream: it says since when the page may have missed something.
  ticket() {
    join("A");
    pass(200);
    last().open();
    join("B");
    pass(400);
    return { tickets: last().tickets.map((one) => one[0] + (one === "B1" ? " own" : " fresh")) };
  },
  // Cut from the network, one page answers too late: it asks again once it hears.
  leftOut() {
    ["A", "B"].forEach(join);
    pass(200);
    last().open();
    silent.add("A");
    last().fail();
    pass(8000);
    last().open();
    const before = told.length;
    silent.delete("A");
    join("A");
    pass(400);
    last().open();
    return { after: told.slice(before).filter((one) => one.includes("resync")) };
  },
  // A right ended: one page reloads (goodbye), the other renews; the stream opens again for it at once.
  revoked() {
    ["A", "B"].forEach(join);
    pass(200);
    last().open();
    silent.add("A").add("B");
    last().send("revoked", { topic: "patient:a" });
    const count = streams.length;
    hub.hear("A", { type: "bye" });
    join("B");
    pass(200);
    return { reopened: streams.length - count, tickets: last().tickets.length };
  },
};
console.log(JSON.stringify(SCENARIOS[scenario]()));
