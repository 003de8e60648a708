// Passkeys: the page's form is given to the sign-in library, which speaks with the device.
// Hidden where the browser has none; a word when the device does not answer.
"use strict";
const form = document.querySelector("[data-passkey-form]");
const refused = document.querySelector("[data-passkey-refused]");
const button = document.getElementById("passkey-button");

if (form && window.PublicKeyCredential) {
  const ids = { credential: form.elements.credential.id, passwordless: "id_passwordless" };
  for (const role of ["add", "login", "authenticate"]) ids[role] = button.id;
  const data = JSON.parse(form.dataset.options || "{}");
  window.allauth.webauthn.forms[form.dataset.passkeyForm]({ ids, data });
  button.addEventListener("click", () => {
    refused.hidden = true;
  });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    refused.hidden = false;
    refused.scrollIntoView({ block: "nearest" });
  });
} else if (button) {
  button.hidden = true;
}
