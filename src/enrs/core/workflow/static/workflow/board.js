// Boards: ticks and their bar. A live refresh unticks nothing that is still on the page.
(() => {
  const ticked = new Set();
  const boxes = () => [...document.querySelectorAll('[data-bulk] input[name="tache"]')];
  function show() {
    const bar = document.querySelector("[data-bulk-bar]");
    if (!bar) return;
    const count = boxes().filter((box) => box.checked).length;
    bar.hidden = count === 0;
    bar.querySelector("[data-bulk-count]").textContent = count;
    bar.querySelector("[data-bulk-plural]").hidden = count < 2;
    const all = document.querySelector("[data-tick-all]");
    if (all) all.checked = count > 0 && count === boxes().length;
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
    if (!event.target.matches('[data-tick-all], [data-bulk] input[name="tache"]')) return;
    ticked.clear();
    boxes().forEach((box) => box.checked && ticked.add(box.value));
    show();
  });
  document.addEventListener("htmx:afterSettle", () => {
    boxes().forEach((box) => (box.checked = ticked.has(box.value)));
    show();
  });
})();
