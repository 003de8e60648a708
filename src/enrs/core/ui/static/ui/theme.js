// Applies the theme that this person chose on this device, before the first paint.
(() => {
  let theme = null;
  try { theme = localStorage.getItem("theme"); } catch { /* storage may be closed */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.bsTheme = theme;
})();
