// Runs before the first paint, so that a chosen theme or language never flashes the other one.
(() => {
  try {
    const theme = localStorage.getItem("berth.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem("berth.language");
    if (language === "ko" || language === "en") document.documentElement.lang = language;
  } catch {
    // Storage may be refused; the system's preference is used then.
  }
})();
