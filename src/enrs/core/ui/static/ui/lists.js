// A live refresh brings back the first page of a list: what « Afficher la suite » had added below stays.
(() => {
  "use strict";
  let former = null;
  const has = (node, key) => node.dataset?.key === key || node.querySelector?.(`[data-key="${CSS.escape(key)}"]`);
  function keepTail(old, fresh, key) {
    const at = [...old.children].findIndex((child) => has(child, key));
    const twin = [...fresh.children].find((child) => has(child, key));
    if (at < 0 || !twin) return;
    const tail = [...old.children].slice(at + 1);
    if (old.children[at].dataset.key !== key) keepTail(old.children[at], twin, key);
    if (!tail.length) return;
    fresh.querySelectorAll(":scope > [data-pager]").forEach((pager) => pager.remove());
    fresh.append(...tail);
  }
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const isLive = event.detail.requestConfig?.triggeringEvent?.type?.startsWith("live:");
    former = isLive ? event.detail.target.querySelector("[data-live-keep]") : null;
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    const fresh = former?.id && document.getElementById(former.id);
    if (fresh && fresh !== former) {
      const keys = fresh.querySelectorAll("[data-key]");
      if (keys.length) keepTail(former, fresh, keys[keys.length - 1].dataset.key);
      if (window.htmx) htmx.process(fresh);
    }
    former = null;
  });
})();
