// Shortcuts, dialogs, toasts, failed requests, focus after swaps, charts by keyboard, dropped files.
(() => {
  "use strict";
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content || "";
  const one = (selector, root = document) => root.querySelector(selector);
  const TOAST_MS = 7000;
  const UNDO_MS = 15000;

  // --- toasts ---
  function settle(card) {
    if (card.dataset.settled) return;
    card.dataset.settled = "1";
    if (card.classList.contains("tone-alerte")) return; // an alert waits for a person
    const life = one(".toast-undo", card) ? UNDO_MS : TOAST_MS;
    let timer = setTimeout(() => card.remove(), life);
    const hold = () => clearTimeout(timer);
    const release = () => { timer = setTimeout(() => card.remove(), life); };
    card.addEventListener("pointerenter", hold);
    card.addEventListener("focusin", hold);
    card.addEventListener("pointerleave", release);
    card.addEventListener("focusout", release);
  }
  function toast(text, tone = "information", link = null) {
    const region = one("#toasts");
    const template = one(`#toast-template-${tone}`) || one("#toast-template");
    if (!region || !template) return;
    const same = [...region.querySelectorAll("[data-toast-text]")].find((p) => p.textContent === text);
    if (same) return;
    const card = template.content.firstElementChild.cloneNode(true);
    one("[data-toast-text]", card).textContent = text;
    if (link) {
      const a = Object.assign(document.createElement("a"), { href: link.url, textContent: link.text });
      one("[data-toast-text]", card).append(" ", a);
    }
    region.append(card);
  }
  const region = one("#toasts");
  if (region) {
    region.querySelectorAll("[data-toast]").forEach(settle);
    new MutationObserver(() => region.querySelectorAll("[data-toast]").forEach(settle)).observe(region, { childList: true });
  }
  // A view may send the header HX-Trigger: {"toast": {"text": "…", "tone": "sur"}}.
  document.body.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));

  // --- clicks: dialogs, toasts, theme ---
  const THEMES = ["", "light", "dark"];
  const THEME_WORDS = { "": "comme l’appareil", light: "clair", dark: "sombre" };
  function nameTheme() {
    const now = document.documentElement.dataset.bsTheme || "";
    document.querySelectorAll("[data-theme-words]").forEach((el) => { el.textContent = `Thème : ${THEME_WORDS[now]}`; });
  }
  function nextTheme() {
    const now = document.documentElement.dataset.bsTheme || "";
    const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    if (next) document.documentElement.dataset.bsTheme = next;
    else delete document.documentElement.dataset.bsTheme;
    try { localStorage.setItem("theme", next); } catch { /* storage may be closed */ }
    nameTheme();
  }
  nameTheme();
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      document.getElementById(opener.dataset.dialog)?.showModal();
      event.preventDefault();
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.matches?.("dialog")) event.target.close(); // a click on the veil
    event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
    if (event.target.closest("[data-theme-next]")) { nextTheme(); event.stopPropagation(); }
    if (event.target.closest("[data-print]")) window.print();
  });

  // --- shortcuts ---
  const isTyping = (el) => el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const point = event.target.closest?.(".ch-point");
    if (point && /^Arrow(Left|Right)$|^Home$|^End$/.test(event.key)) return walkChart(point, event);
    if (isTyping(event.target) || one("dialog[open]")) return;
    if (event.key === "/") {
      const search = one("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if (event.key === "?") { event.preventDefault(); one("#shortcuts")?.showModal(); }
  });
  function walkChart(point, event) {
    const all = [...point.parentNode.querySelectorAll(".ch-point")];
    const at = all.indexOf(point);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    const next = all[Math.max(0, Math.min(all.length - 1, to))];
    event.preventDefault();
    point.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }

  // --- htmx: token, session, failures, focus ---
  const isChanged = (field) => field.options
    ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected))
    : field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  const isTyped = () => [...document.querySelectorAll(":is(form[method=post], form[hx-post]) :is(textarea, select, input:not([type=hidden]))")].some(isChanged);
  // A session that ended leads to where another is opened; what was being written is never lost for it.
  const leave = (address, words) => {
    if (!isTyped()) return location.assign(address);
    return toast("Votre session est terminée. Ce que vous avez écrit est encore là : copiez-le, puis", "alerte", { url: address, text: words });
  };
  const signIn = () => {
    const url = meta("sign-in-url");
    if (!url) return location.reload();
    return leave(`${url}${url.includes("?") ? "&" : "?"}next=${encodeURIComponent(location.pathname + location.search)}`, "reconnectez-vous.");
  };
  document.body.addEventListener("htmx:configRequest", (event) => {
    const token = meta("csrf-token");
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const url = meta("sign-in-url");
    const came = event.detail.xhr.responseURL;
    // A session that ended answers with the sign-in page: it must never land inside a fragment.
    if (url && came && new URL(came).pathname === new URL(url, location.href).pathname && location.pathname !== new URL(url, location.href).pathname) {
      event.detail.shouldSwap = false;
      signIn();
    }
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const onward = event.detail.xhr.getResponseHeader("Enrs-Onward");
    if (status === 401) return onward ? leave(onward, "ouvrez-en une autre.") : signIn();
    if (status === 403) {
      const url = meta("sign-in-url");
      return toast("Action refusée : votre session est terminée ou ce droit vous manque.", "alerte", url ? { url: `${url}?next=${encodeURIComponent(location.pathname)}`, text: "Se reconnecter" } : null);
    }
    if (status === 404) return toast("Cet élément n’existe plus ou n’est plus ouvert à votre compte.", "attention");
    if (status === 413) return toast("Ce fichier est trop gros.", "attention");
    if (status === 429) return toast("Trop de demandes à la suite : attendez une minute.", "attention");
    return toast("Panne de notre côté : rien n’a été affiché de nouveau. Réessayez dans un instant.", "alerte");
  });
  document.body.addEventListener("htmx:sendError", () => toast("Le réseau ne répond pas : ce que vous voyez peut ne plus être à jour.", "alerte"));
  document.body.addEventListener("htmx:timeout", () => toast("La réponse tarde trop : réessayez.", "attention"));
  document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.target?.setAttribute?.("aria-busy", "true"));
  document.body.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute?.("aria-busy"));

  // --- lists that refresh: mark what is new, keep what is under the pointer where it is ---
  let pointer = null;
  let held = null;
  let known = null;
  document.addEventListener("pointermove", (event) => { pointer = event; }, { passive: true });
  const keyed = (el) => el?.closest?.("[data-key]");
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const list = event.detail.target;
    known = null;
    held = null;
    if (!list?.matches?.("[data-live-list], :has([data-live-list])")) return;
    known = new Set([...list.querySelectorAll("[data-key]")].map((el) => el.dataset.key));
    const under = keyed(document.activeElement) || keyed(pointer && document.elementFromPoint(pointer.clientX, pointer.clientY));
    if (under && list.contains(under)) held = { key: under.dataset.key, top: under.getBoundingClientRect().top };
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (known) {
      // New is what arrived by itself: not what another filter, or the next page, brings.
      if (event.detail.requestConfig?.triggeringEvent?.type?.startsWith("live:")) {
        document.querySelectorAll("[data-live-list] [data-key]").forEach((el) => {
          if (!known.has(el.dataset.key)) markNew(el);
        });
      }
      const still = held && one(`[data-key="${CSS.escape(held.key)}"]`);
      if (still) window.scrollBy(0, still.getBoundingClientRect().top - held.top);
      known = null;
    }
    const wanted = one("[data-focus], [autofocus]", event.detail.elt?.isConnected ? event.detail.elt : document);
    if (wanted && event.detail.requestConfig?.verb !== "get") wanted.focus();
  });
  // A filter takes the place of the former ones in the address, where htmx would add to them.
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.target.matches("form.filters[method=get]")) event.detail.path = event.detail.path.split("?")[0];
  });
  function markNew(el) {
    el.classList.add("is-new");
    if (one(".new-mark", el)) return;
    const mark = Object.assign(document.createElement("span"), { className: "new-mark", textContent: "nouveau" });
    const place = one("[data-new-here], .timeline-title, td, p", el) || el;
    place.append(" ", mark);
  }
  const summary = one("[data-focus]");
  if (summary) summary.focus();
  // On a narrow screen the row of tabs scrolls: the open one is in sight.
  one(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

  // --- « il y a 3 min » keeps its word ---
  const minutesAgo = (ms) => Math.floor(ms / 60000);
  setInterval(() => {
    document.querySelectorAll("time[data-ago]").forEach((el) => {
      const gone = minutesAgo(Date.now() - Date.parse(el.dateTime));
      if (gone >= 1 && gone < 60) el.textContent = `il y a\u00a0${gone}\u00a0min`;
      else if (gone >= 60 && gone < 120) el.textContent = "il y a\u00a01\u00a0h";
    });
    // « encore 42 min »: what a session of the exploitation has left.
    document.querySelectorAll("time[data-left]").forEach((el) => {
      const left = minutesAgo(Date.parse(el.dateTime) - Date.now());
      const rest = String(left % 60).padStart(2, "0");
      if (left < 0) el.textContent = "terminée";
      else if (left < 1) el.textContent = "moins d’une minute";
      else el.textContent = left < 60 ? `encore\u00a0${left}\u00a0min` : `encore\u00a0${Math.floor(left / 60)}\u00a0h\u00a0${rest}`;
    });
  }, 30000);

  // --- file drop ---
  const size = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1e3)}\u00a0ko` : `${(bytes / 1e6).toFixed(1).replace(".", ",")}\u00a0Mo`;
  function listFiles(drop) {
    const list = one("[data-drop-files]", drop);
    list.replaceChildren(...[...one("input", drop).files].map((file) => {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("span"), { textContent: file.name }), Object.assign(document.createElement("span"), { textContent: size(file.size), className: "figures" }));
      return item;
    }));
  }
  document.addEventListener("change", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (drop) listFiles(drop);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const drop = event.target.closest?.("[data-drop]");
      if (!drop) return;
      event.preventDefault();
      drop.classList.toggle("is-over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) {
        const input = one("input", drop);
        const files = new DataTransfer();
        const wanted = input.multiple ? [...event.dataTransfer.files] : [event.dataTransfer.files[0]];
        wanted.forEach((file) => files.items.add(file));
        input.files = files.files;
        listFiles(drop);
      }
    });
  }
  document.body.addEventListener("htmx:xhr:progress", (event) => {
    const box = one("[data-drop-progress]", event.target);
    if (!box || !event.detail.lengthComputable) return;
    const percent = Math.round((100 * event.detail.loaded) / event.detail.total);
    box.hidden = false;
    one("progress", box).value = percent;
    one("[data-drop-percent]", box).textContent = `${percent}\u00a0%`;
  });

  window.enrs = { toast, signIn };
})();
