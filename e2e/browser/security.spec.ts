import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { reply, scriptByContent } from "@millrace/scripted-model";
import type { BrowserContext, Page } from "@playwright/test";
import { ended, expect, lastTurn, say, test } from "../kit/browser-test.ts";
import { type Attempts, attack, type Target } from "./foreign-page.ts";

const KEPT = "canary-kept-1f2e3d4c";

test.use({
  launchOptions: [
    async ({ launchOptions }, use) => {
      // What a newer browser asks its user before a page may reach this machine is no control of ours.
      const open = "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets";
      const rebound = "--host-resolver-rules=MAP evil.test 127.0.0.1";
      await use({ ...launchOptions, args: [...(launchOptions.args ?? []), rebound, open] });
    },
    { scope: "worker" },
  ],
});

/** Somebody else's server: a blank page at every address. */
async function elsewhere(): Promise<{ port: number; server: Server }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>elsewhere</title><body>");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { port: (server.address() as AddressInfo).port, server };
}

const responder = scriptByContent([{ when: /./, script: reply(`Remember ${KEPT}.`) }]);

/** A session to steal, and what nothing may have changed afterwards. */
async function prepare(url: string, headers: Record<string, string> = {}) {
  const asked = await fetch(`${url}/api/v1/agent/run`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ message: `Keep ${KEPT}` }),
  });
  const { session_id } = (await asked.json()) as { session_id: string };
  const state = async (): Promise<string> => {
    const events = await fetch(`${url}/api/v1/sessions/${session_id}/events`, { headers });
    const sessions = await fetch(`${url}/api/v1/sessions`, { headers });
    return `${sessions.status} ${await sessions.text()} ${events.status} ${await events.text()}`;
  };
  return { session_id, state };
}

const attempts = (page: Page, target: Target): Promise<Attempts> => page.evaluate(attack, target);

/** Whatever was tried: no door opened, and nothing that was answered can be read. */
function expectNothing(tried: Attempts): void {
  expect(JSON.stringify(tried)).not.toContain(KEPT);
  expect(tried.sockets).toEqual(tried.sockets.map(() => "refused"));
  expect(tried.stream).toBe("refused");
  expect([tried.image, tried.script, tried.style]).toEqual(["refused", "refused", "refused"]);
}

/** What the gateway put down: without it the browser alone, or nobody, may have stopped the page. */
async function expectRefusals(output: () => string, code: string, atLeast: number): Promise<void> {
  await expect.poll(() => output().split(`"${code}"`).length - 1).toBeGreaterThanOrEqual(atLeast);
}

async function framed(page: Page, url: string): Promise<string> {
  await page.evaluate((src) => {
    const frame = document.createElement("iframe");
    frame.src = src;
    document.body.append(frame);
    return new Promise((done) => {
      frame.onload = done;
      setTimeout(done, 3_000);
    });
  }, url);
  const [frame] = page.frames().slice(-1);
  return (await frame?.content().catch(() => "")) ?? "";
}

test("T1 B1 B66 B81 B82: pages of other origins and other ports change nothing and read nothing", async ({
  page,
  stage,
}) => {
  const { gateway, model } = await stage.gateway(responder);
  const { session_id, state } = await prepare(gateway.url);
  const before = await state();
  const { port, server } = await elsewhere();
  const { port: own } = new URL(gateway.url);
  for (const origin of [`http://evil.test:${port}`, `http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
    for (const base of [gateway.url, `http://localhost:${own}`]) {
      await page.goto(origin);
      const tried = await attempts(page, { base, session_id });
      expectNothing(tried);
      expect([origin, base, tried.readable]).toEqual([origin, base, []]);
      expect(await framed(page, `${base}/`)).not.toContain('id="root"');
    }
  }
  // A page without an origin: a sandboxed frame, a file.
  await page.goto(`http://evil.test:${port}`);
  await page.setContent('<iframe sandbox="allow-scripts allow-forms" srcdoc="<!doctype html><body>"></iframe>');
  const sandboxed = page.frames().at(-1);
  const tried = (await sandboxed?.evaluate(attack, { base: gateway.url, session_id })) as Attempts;
  expectNothing(tried);
  expect(tried.readable).toEqual([]);
  await expectRefusals(() => gateway.output, "forbidden", 20);
  expect(model?.requests).toHaveLength(1);
  expect(await state()).toBe(before);
  server.close();
});

test("T2 B6: a name that was made to point here reaches nothing, by any route", async ({ page, stage }) => {
  const { gateway, model } = await stage.gateway(responder);
  const { session_id, state } = await prepare(gateway.url);
  const before = await state();
  const rebound = `http://evil.test:${new URL(gateway.url).port}`;
  // The page came from there while the name still pointed elsewhere.
  await page.route(`${rebound}/page`, (route) => route.fulfill({ contentType: "text/html", body: "<body>" }));
  await page.goto(`${rebound}/page`);
  const tried = await attempts(page, { base: rebound, session_id });
  expectNothing(tried);
  // Of its own origin it may read the refusals, and nothing else.
  expect(tried.readable.length).toBeGreaterThan(3);
  for (const { status, text } of tried.readable)
    expect([status, JSON.parse(text).error.code]).toEqual([421, "misdirected"]);
  for (const path of [
    "/",
    "/s/x",
    "/icon.svg",
    "/healthz",
    "/readyz",
    "/metrics",
    "/sign-in",
    "/api/v1/models",
    "/x",
  ]) {
    const answer = await page.evaluate(async (at) => (await fetch(at)).status, path);
    expect([path, answer]).toEqual([path, 421]);
  }
  await expectRefusals(() => gateway.output, "misdirected", 10);
  expect(model?.requests).toHaveLength(1);
  expect(await state()).toBe(before);
});

test("T1 T3: nor with the browser signed in, whose cookie another port's page can send along", async ({
  page,
  context,
  stage,
}) => {
  const token = "the-right-token-of-the-gateway";
  const { gateway, model } = await stage.gateway(responder, { env: { MILLRACE_TOKEN: token } });
  const owner = { Authorization: `Bearer ${token}` };
  const { session_id, state } = await prepare(gateway.url, owner);
  const before = await state();
  await signIn(context, gateway.url, token);
  const { port, server } = await elsewhere();
  for (const origin of [`http://127.0.0.1:${port}`, `http://evil.test:${port}`]) {
    await page.goto(origin);
    const tried = await attempts(page, { base: gateway.url, session_id });
    expectNothing(tried);
    expect(tried.readable).toEqual([]);
  }
  await expectRefusals(() => gateway.output, "forbidden", 10);
  expect(model?.requests).toHaveLength(1);
  expect(await state()).toBe(before);
  server.close();
});

test("the same attempts, made by our own page, all succeed but those that its policy forbids", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(responder);
  const { session_id } = await prepare(gateway.url);
  await page.goto(gateway.url);
  const tried = await attempts(page, { base: gateway.url, session_id });
  expect(tried.sockets).toEqual(["welcome", "welcome"]);
  expect(tried.stream).toContain(KEPT);
  expect([tried.image, tried.script]).toEqual(["loaded", "refused"]);
  expect(JSON.stringify(tried.readable)).toContain(KEPT);
  expect(tried.readable.filter(({ status }) => status < 300).length).toBeGreaterThanOrEqual(3);
});

const SHOWN = "```js\nconst answer = 42;\n```\n\n$$\\frac{1}{2}$$\n\n```mermaid\ngraph LR\n  A --> B\n```";

test("T15: no text becomes markup or a script in our page, and nothing that the page itself shows needs it", async ({
  page,
  stage,
}) => {
  const { gateway } = await stage.gateway(() => reply(SHOWN));
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(gateway.url);
  await say(page, "Show it all");
  await ended(page, "done");
  await expect(lastTurn(page).locator("math")).toBeVisible();
  // The colours come from the worker, whose address only the page's one policy can name.
  await expect(lastTurn(page).locator(".code").first().locator("[class^='ink-']").first()).toBeVisible();
  await page.getByRole("button", { name: "Draw the diagram" }).click();
  await expect(page.getByTestId("diagram")).toHaveAttribute("data-phase", "drawn", { timeout: 20_000 });
  expect(complaints).toEqual([]);
  const refused = await page.evaluate(() => {
    const { trustedTypes } = window as unknown as { trustedTypes: { createPolicy(name: string, rules: object): void } };
    const attempts: Record<string, () => unknown> = {
      markup: () => {
        document.createElement("div").innerHTML = "<b>bold</b>";
      },
      "a frame's page": () => {
        document.createElement("iframe").srcdoc = "<b>bold</b>";
      },
      "a script's address": () => {
        document.createElement("script").src = "/theme.js";
      },
      "a worker's address": () => new Worker("/theme.js"),
      "another policy": () => trustedTypes.createPolicy("another", {}),
      "the policy again": () => trustedTypes.createPolicy("highlight", {}),
    };
    return Object.entries(attempts).flatMap(([what, attempt]) => {
      try {
        attempt();
        return [];
      } catch (error) {
        return error instanceof TypeError ? [what] : [];
      }
    });
  });
  expect(refused).toEqual([
    "markup",
    "a frame's page",
    "a script's address",
    "a worker's address",
    "another policy",
    "the policy again",
  ]);
});

async function signIn(context: BrowserContext, url: string, token: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.locator("input").fill(token);
  await page.locator("button").click();
  await page.waitForURL(`${url}/`);
  expect((await context.cookies()).map(({ sameSite }) => sameSite)).toEqual(["Strict"]);
  await page.close();
}
