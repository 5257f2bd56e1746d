import { gzipSync } from "node:zlib";
import { expect, test } from "../kit/browser-test.ts";

/** Bytes of gzip: what stands between opening the page and typing. */
const MOST = 130_000;

test("the first load is at most 130 KB of JavaScript, and a message can be typed with no more", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway();
  const html = await (await fetch(gateway.url)).text();
  const scripts = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map((match) => match[1] as string);
  expect(scripts.length).toBeGreaterThan(1);
  const sizes = await Promise.all(
    scripts.map(async (path) => gzipSync(await (await fetch(new URL(path, gateway.url))).text()).length),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST);

  await page.route("**/*.js", (route) =>
    scripts.includes(new URL(route.request().url()).pathname) ? route.continue() : route.abort(),
  );
  await page.goto(gateway.url);
  await page.locator("#composer").fill("typed at once");
  await expect(page.locator("#composer")).toHaveValue("typed at once");
});
