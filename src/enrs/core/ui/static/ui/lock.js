// A shared post locks itself when nobody touches it; the server does so too, should this not run.
(() => {
  "use strict";
  const form = document.getElementById("lock-form");
  const seconds = Number(form?.dataset.lockSeconds || 0);
  if (!form || !seconds) return;
  let timer = 0;
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => form.submit(), seconds * 1000);
  };
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    addEventListener(kind, touch, { passive: true });
  }
  touch();
})();
