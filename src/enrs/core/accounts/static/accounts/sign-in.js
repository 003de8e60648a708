// Demo accounts: a click fills the form; the person still presses the button.
(() => {
  "use strict";
  const list = document.querySelector(".demo");
  list?.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-login]");
    if (!chosen) return;
    document.getElementById("id_login").value = chosen.dataset.login;
    document.getElementById("id_password").value = list.dataset.password;
    list.querySelectorAll("[aria-pressed]").forEach((one) => one.removeAttribute("aria-pressed"));
    chosen.setAttribute("aria-pressed", "true");
    const next = list.dataset.password ? ".sign-in [type=submit]" : "#id_password";
    document.querySelector(next).focus();
  });
})();
