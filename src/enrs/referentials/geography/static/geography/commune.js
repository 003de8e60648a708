// A field « commune »: suggestions while one types, and the INSEE code of the one that was chosen.
// Markup: geography/_commune_field.html. Without this script the typed text is sent, and the server resolves it.
(() => {
  "use strict";
  if (window.communeFields) return;
  window.communeFields = true;
  const WAIT = 200;
  const timers = new WeakMap();
  const known = new WeakMap();

  const words = (one) =>
    one.name + " (" + (one.postal_codes[0] || one.code) + ")" + (one.former ? ", ex-" + one.former : "");

  const settle = (field) => {
    const input = field.querySelector("[data-commune-text]");
    const chosen = (known.get(field) || new Map()).get(input.value);
    field.querySelector("[data-commune-code]").value = chosen ? chosen.code : "";
    if (chosen) field.dispatchEvent(new CustomEvent("commune:chosen", { bubbles: true, detail: chosen }));
  };

  const suggest = async (field) => {
    const input = field.querySelector("[data-commune-text]");
    const asked = input.value.trim();
    if (asked.length < 2) return;
    const answer = await fetch(field.dataset.communeUrl + "?q=" + encodeURIComponent(asked), {
      credentials: "same-origin",
      headers: { Accept: "application/json" },
    });
    if (!answer.ok || input.value.trim() !== asked) return;
    const found = new Map((await answer.json()).communes.map((one) => [words(one), one]));
    known.set(field, found);
    const options = [...found.keys()].map((text) => {
      const option = document.createElement("option");
      option.value = text;
      return option;
    });
    field.querySelector("datalist").replaceChildren(...options);
    settle(field);
  };

  document.addEventListener("input", (event) => {
    const field = event.target.closest && event.target.closest("[data-commune-url]");
    if (!field || !event.target.matches("[data-commune-text]")) return;
    settle(field);
    clearTimeout(timers.get(field));
    timers.set(field, setTimeout(() => suggest(field).catch(() => {}), WAIT));
  });
})();
