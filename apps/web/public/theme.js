// Before the first paint, so that a chosen theme does not flash. See src/shell/preferences.ts for the key.
try {
  const theme = JSON.parse(localStorage.getItem("millrace.preferences") ?? "{}").theme;
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {}
