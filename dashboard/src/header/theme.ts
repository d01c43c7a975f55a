/** Dark or light: the system's, until the reader chooses. */
export type Theme = "dark" | "light";

const KEY = "groundswell.theme";

/** The reader's choice, or null where there is none or the browser keeps nothing. */
export function storedTheme(): Theme | null {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "dark" || stored === "light" ? stored : null;
  } catch {
    return null;
  }
}

/** The theme that is shown now. */
export function currentTheme(): Theme {
  const chosen = storedTheme();
  if (chosen !== null) return chosen;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Show a theme, or the system's for null. */
export function applyTheme(theme: Theme | null): void {
  if (theme === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Show and remember the reader's choice; a browser that keeps nothing still shows it. */
export function chooseTheme(theme: Theme): void {
  applyTheme(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}
