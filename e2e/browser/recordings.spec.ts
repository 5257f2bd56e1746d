import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseRecording, recordingResponder } from "@millrace/scripted-model";
import type { Page } from "@playwright/test";
import { ended, expect, expectPageEqualsLog, lastTurn, pageView, say, test } from "../kit/browser-test.ts";

const FOLDER = resolve(import.meta.dirname, "../../../shared/recordings");
const SEED = "siliconflow-qwen2.5-7b-react";
/** Text, reasoning, and one tool call, of several providers. */
const OTHERS = [
  "openai-gpt-4.1-nano-text",
  "deepseek-chat-length",
  "tencent-hunyuan-text",
  "novita-llama-3.1-8b-text",
  "openrouter-gpt-5.4-nano-emoji",
  "perplexity-sonar-citations",
  "alibaba-qwen3-max-reasoning",
  "ollama-qwen3-tool-t2",
];
const ONE_CALL = [
  "mistral-small-tool-t1",
  "deepseek-reasoner-tool",
  "together-llama-3.3-70b-tool",
  "ollama-qwen3-tool-t1",
];

interface Expected {
  text: { sha256: string; utf16: number };
  reasoning: { sha256: string };
  tool_calls: { name: string; arguments: unknown }[];
}
const expected = (name: string): Expected => JSON.parse(readFileSync(resolve(FOLDER, `${name}.expected.json`), "utf8"));
const file = (name: string): string => resolve(FOLDER, `${name}.jsonl`);

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(digest).toString("hex");
}

/** The blocks of one kind on the page, joined. */
async function shown(page: Page, kind: "text" | "thinking"): Promise<string> {
  const view = await pageView(page);
  return (view?.turns[0]?.items ?? []).flatMap((item) => (item.kind === kind ? [item.content] : [])).join("");
}

if (!existsSync(FOLDER)) {
  test("the shared recordings are not here: their replays are left out of this run", () => {});
} else {
  test.use({ trace: "off" });

  test("the seed's stream, with its own timing, arrives to the letter and in its rhythm", async ({ page, stage }) => {
    const { gateway, model } = await stage.gateway(recordingResponder(file(SEED), { timing: "own" }));
    await page.goto(gateway.url);
    await page.evaluate(() => {
      const seen: [time: number, length: number][] = [];
      const sample = (): void => {
        const view = (
          window as never as {
            __millrace: { view(): { turns: { items: { kind: string; content: string }[] }[] } | null };
          }
        ).__millrace.view();
        const text =
          view?.turns[0]?.items
            .filter((item) => item.kind === "text")
            .map((item) => item.content)
            .join("") ?? "";
        if (text.length !== (seen.at(-1)?.[1] ?? 0)) seen.push([Date.now(), text.length]);
        requestAnimationFrame(sample);
      };
      sample();
      Object.assign(window, { seen });
    });
    await say(page, "你每次都要调用工具嘛？可不可以不用工具回答什么是怎么把pcm转为MP3?");
    await ended(page, "done", 20_000);
    expect(await sha256((await shown(page, "text")).trim())).toBe(expected(SEED).text.sha256);
    await expect(lastTurn(page)).toContainText("我需要使用工具来获取关于如何将pcm转换为MP3的信息");

    const seen = await page.evaluate(() => (window as never as { seen: [number, number][] }).seen);
    const asked = model?.requests[0]?.at ?? 0;
    let length = 0;
    const lags = parseRecording(readFileSync(file(SEED), "utf8")).flatMap((event) => {
      const chunk = JSON.parse(event.data) as { choices: { delta: { content: string } }[] };
      const piece = chunk.choices[0]?.delta.content ?? "";
      length += piece.length;
      const frame = seen.find(([, shownLength]) => shownLength >= length);
      return piece === "" || frame === undefined ? [] : [frame[0] - asked - (event.t_ms ?? 0)];
    });
    lags.sort((a, b) => a - b);
    const median = lags[Math.floor(lags.length / 2)] ?? Number.NaN;
    process.stdout.write(
      `from the model to the page: median ${median.toFixed(0)} ms, most ${lags.at(-1)?.toFixed(0)} ms\n`,
    );
    expect(lags.length).toBeGreaterThan(20);
    // Some frames of a loaded machine; the line above says how it was, the bench measures it without noise.
    expect(median).toBeLessThan(250);
    await expectPageEqualsLog(page, gateway);
  });

  for (const name of OTHERS) {
    test(`${name} arrives to the letter`, async ({ page, stage }) => {
      const { gateway } = await stage.gateway(recordingResponder(file(name), { timing: "fast" }));
      await page.goto(gateway.url);
      await say(page, "go");
      await ended(page, "done");
      const want = expected(name);
      expect(await sha256((await shown(page, "text")).trim())).toBe(want.text.sha256);
      expect(await sha256(await shown(page, "thinking"))).toBe(want.reasoning.sha256);
      await expectPageEqualsLog(page, gateway);
    });
  }

  for (const name of ONE_CALL) {
    test(`${name}: its call is on the page with the arguments as recorded`, async ({ page, stage }) => {
      const { gateway } = await stage.gateway(recordingResponder(file(name), { timing: "fast" }));
      await page.goto(gateway.url);
      await say(page, "go");
      const want = expected(name).tool_calls[0];
      await expect(page.getByTestId("tool").first()).toHaveAttribute("data-tool-name", want?.name ?? "");
      await expect
        .poll(async () => {
          const view = await pageView(page);
          return view?.turns[0]?.items.find((item) => item.kind === "tool")?.args;
        })
        .toEqual(want?.arguments);
    });
  }
}
