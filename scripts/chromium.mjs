import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { findInPath } from "./runtime.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The Chromium that Playwright downloaded for itself if it is there, else the system's (or its Chrome), else undefined. */
export function chromiumPath() {
  const { chromium } = createRequire(import.meta.url)("@playwright/test");
  const own = chromium.executablePath();
  return existsSync(own) ? own : findInPath(NAMES);
}
