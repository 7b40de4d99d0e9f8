// Light or dark: the system's wish until the visitor chooses. A plain script, as modules come after the first paint: what
// was chosen before would be seen too late.
{
  const STORED = "theme";
  const root = document.documentElement;

  /** @param {"light" | "dark"} theme */
  const show = (theme) => {
    root.dataset.theme = theme;
    document.querySelectorAll("meta[name=theme-color]").forEach((meta) => {
      const frame = /** @type {HTMLMetaElement} */ (meta);
      frame.media = frame.dataset.frame === theme ? "all" : "not all";
    });
  };

  const changeTheme = () => {
    const shown = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const theme = shown === "dark" ? "light" : "dark";
    show(theme);
    try {
      localStorage.setItem(STORED, theme);
    } catch {
      // The browser keeps nothing for this page: the choice lasts as long as the page.
    }
  };

  try {
    const kept = localStorage.getItem(STORED);
    if (kept === "light" || kept === "dark") {
      show(kept);
    }
  } catch {
    // As above.
  }
  document.addEventListener("click", ({ target }) => {
    if (/** @type {Element} */ (target).closest("#theme")) {
      changeTheme();
    }
  });
}
