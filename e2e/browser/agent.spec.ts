import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Action, type ContentRule, reply, scriptByContent, text, toolCalls } from "@millrace/scripted-model";
import { askCard, ended, expect, expectPageEqualsLog, lastTurn, press, say, test } from "../kit/browser-test.ts";

const STDIO_SERVER = resolve(import.meta.dirname, "../../packages/tools/src/mcp/testing/stdio-server.ts");

/** Processes of this machine whose command line holds these words. */
function processes(words: readonly string[]): number {
  const lines = readdirSync("/proc").flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readFileSync(`/proc/${name}/cmdline`, "utf8")] : [];
    } catch {
      return [];
    }
  });
  return lines.filter((line) => line.includes(words.join("\0"))).length;
}

test("BREAK-2: a limit that is passed asks; raised, the run goes on and no call runs again", async ({
  page,
  stage,
}) => {
  const twice: ContentRule = {
    when: "twice",
    script: (_, { step }): Action[] =>
      step === 1 ? toolCalls([{ id: "t", name: "current_time", arguments: {} }]) : reply("Two steps it took."),
  };
  const { gateway } = await stage.gateway(scriptByContent([twice]), { config: () => ({ limits: { tokens: 10 } }) });
  await page.goto(gateway.url);
  await say(page, "twice");
  await expect(askCard(page)).toHaveAttribute("data-kind", "breaker");
  await expect(askCard(page)).toContainText("Stopped at the token limit");
  await expect(askCard(page)).toContainText(/Raise to .+ tokens and continue/);
  await expect(page.getByTestId("truth")).toContainText("the run has come to a limit");
  await expect(lastTurn(page).getByTestId("breaker")).toHaveAttribute("data-reason", "token_limit");
  await press(page, "continue");
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("Two steps it took.");
  await expect(lastTurn(page).getByTestId("ask-record")).toContainText("Continued by you");
  await expect(page.getByTestId("tool")).toHaveCount(1);
  await expectPageEqualsLog(page, gateway);

  await say(page, "twice");
  await press(page, "end");
  await ended(page, "error");
  await expect(lastTurn(page).getByTestId("ask-record")).toContainText("Ended by you");
  await expectPageEqualsLog(page, gateway);
});

test("FOLD-6 RUN-7: half an answer that broke off is struck, goes, and the next attempt stands alone", async ({
  page,
  stage,
}) => {
  const broken: ContentRule = {
    when: "break off",
    script: (_, { call }): Action[] =>
      call === 1
        ? [...text("Half an answ", { size: 4, pace_ms: 40 }), { delay_ms: 1_500 }, { cut: "rst" }]
        : [{ delay_ms: 400 }, ...reply("All of the answer.", { size: 6, pace_ms: 30 })],
  };
  const { gateway } = await stage.gateway(scriptByContent([broken]));
  await page.goto(gateway.url);
  await say(page, "break off");
  await expect(lastTurn(page).getByTestId("text-block")).toContainText("Half an answ");
  await expect(page.getByTestId("void")).toHaveText("Half an answ");
  await expect(page.getByTestId("retry")).toContainText("The answer broke off.");
  await expect(page.getByTestId("void")).toHaveCount(0);
  await ended(page, "done");
  await expect(lastTurn(page)).toContainText("All of the answer.");
  await expect(lastTurn(page)).not.toContainText("Half an answ");
  await expectPageEqualsLog(page, gateway);
});

test("CTX-1: a conversation that grows too long is summed up; the seam opens the summary, nothing is lost", async ({
  page,
  stage,
}) => {
  const long = Array.from({ length: 8_200 }, (_, index) => (index % 20 === 19 ? "word.\n\n" : "word")).join(" ");
  const rules: ContentRule[] = [
    { when: "fill", script: reply(long, { size: 4_000 }) },
    { when: /Write the summary now\.$/, script: reply("They talked about **words**.") },
    { when: "go on", script: reply("Gladly.") },
  ];
  const { gateway } = await stage.gateway(scriptByContent(rules), {
    config: (url) => ({
      providers: { here: { base_url: url } },
      models: [{ id: "small", provider: "here", context: 12_000 }],
    }),
  });
  await page.goto(gateway.url);
  await say(page, "fill");
  await ended(page, "done");
  await say(page, "go on");
  const seam = page.getByTestId("compact");
  await expect(seam).toContainText(/messages compacted into \d+, about .+ tokens freed/);
  await ended(page, "done");
  await expect(page.getByTestId("summary")).toHaveCount(0);
  await seam.getByRole("button").click();
  await expect(page.getByTestId("summary").locator("strong")).toHaveText("words");
  await expect(page.getByTestId("turn").first()).toContainText("word.");
  await expectPageEqualsLog(page, gateway);
});

test("STOP-2 F42: Stop during a command shows its output until then, and leaves no process behind", async ({
  page,
  stage,
}) => {
  const nap = "31371";
  const command = `for i in 1 2 3 4 5 6 7; do echo line $i; done; sleep ${nap}`;
  const rules: ContentRule[] = [
    { when: "nap", script: toolCalls([{ id: "n", name: "bash", arguments: { command } }]) },
    { when: "again", script: reply("Here I am.") },
  ];
  const { gateway } = await stage.gateway(scriptByContent(rules), {});
  await page.goto(gateway.url);
  await say(page, "nap");
  await press(page, "allow_once");
  const tool = page.getByTestId("tool");
  await expect(tool).toHaveAttribute("data-state", "running");
  await expect(tool).toContainText("line 7");
  await expect(tool).toContainText("Last 5 of 7 lines");
  await expect.poll(() => processes(["sleep", nap])).toBeGreaterThan(0);
  await page.getByTestId("stop").click();
  await ended(page, "cancelled");
  await expect(tool).toHaveAttribute("data-state", "cancelled");
  await expect.poll(() => processes(["sleep", nap])).toBe(0);
  await say(page, "again");
  await ended(page, "done");
  await expectPageEqualsLog(page, gateway);
});

test("a command that ends badly says so in its row", async ({ page, stage }) => {
  const fail: ContentRule = {
    when: "fail",
    script: (_, { step }): Action[] =>
      step === 1 ? toolCalls([{ id: "f", name: "bash", arguments: { command: "exit 3" } }]) : reply("It failed."),
  };
  const { gateway } = await stage.gateway(scriptByContent([fail]), {});
  await page.goto(gateway.url);
  await say(page, "fail");
  await press(page, "allow_once");
  await ended(page, "done");
  await expect(page.getByTestId("tool")).toContainText("exit 3");
  await expect(page.getByTestId("tool")).toHaveAttribute("data-state", "completed");
});

test("a tool of an MCP server is asked for by its server's name, runs, and is listed", async ({ page, stage }) => {
  const echo: ContentRule = {
    when: "echo",
    script: (_, { step }): Action[] =>
      step === 1
        ? toolCalls([{ id: "e", name: "hand__echo", arguments: { text: "hello" } }])
        : reply("It says it again."),
  };
  const { gateway } = await stage.gateway(scriptByContent([echo]), {
    config: () => ({ mcp: { hand: { command: process.execPath, args: [STDIO_SERVER] } } }),
  });
  await page.goto(gateway.url);
  await page.getByTestId("settings-button").click();
  await page.getByTestId("settings-tools").click();
  await expect(page.locator('[data-testid="tool-group"][data-server="hand"]')).toContainText("echo");
  await page.keyboard.press("Escape");
  await say(page, "echo");
  await expect(askCard(page)).toContainText("Allow this call of hand · echo?");
  await expect(page.getByTestId("ask-arguments")).toContainText("hello");
  await press(page, "allow_session");
  await ended(page, "done");
  const tool = page.getByTestId("tool");
  await expect(tool).toHaveAttribute("data-state", "completed");
  await expect(tool).toContainText("hand · echo");
  await tool.getByRole("button").first().click();
  await expect(tool).toContainText('echo {"text":"hello"}');
  await expectPageEqualsLog(page, gateway);
});

test("TOOL-7: a sub-agent's words are its call's live output, and its calls stand inside that call", async ({
  page,
  stage,
}) => {
  const rules: ContentRule[] = [
    {
      when: "delegate",
      script: (_, { step }): Action[] =>
        step === 1
          ? toolCalls([{ id: "d", name: "run_agent", arguments: { task: "look at the clock" } }])
          : reply("It is late, they say."),
    },
    {
      when: "look at the clock",
      script: (_, { step }): Action[] =>
        step === 1
          ? [
              ...text("Let me look. ", { size: 3, pace_ms: 60 }),
              { tool_call: { id: "i", name: "current_time", arguments: {} } },
            ]
          : [{ delay_ms: 3_000 }, ...reply("Late.")],
    },
  ];
  const { gateway } = await stage.gateway(scriptByContent(rules));
  await page.setViewportSize({ width: 1400, height: 800 });
  await page.goto(gateway.url);
  await say(page, "delegate");
  const parent = page.locator('[data-testid="tool"][data-tool-name="run_agent"]');
  await expect(parent).toHaveAttribute("data-state", "running");
  await expect(parent).toContainText("look at the clock");
  await expect(parent).toContainText("Let me look.");
  const child = parent.getByTestId("inner-calls").getByTestId("tool");
  await expect(child).toHaveAttribute("data-tool-name", "current_time");
  const row = page.locator('[data-testid="timeline-row"][data-inner="true"]');
  await expect(row).toHaveAttribute("data-tool-call-id", (await child.getAttribute("data-tool-call-id")) ?? "");
  await ended(page, "done");
  await expect(parent).toHaveAttribute("data-state", "completed");
  await expect(child).toHaveAttribute("data-state", "completed");
  await expectPageEqualsLog(page, gateway);
});

test("SEND-7: what was queued can steer the open run instead, and joins it at its next step", async ({
  page,
  stage,
}) => {
  const rules: ContentRule[] = [
    {
      when: (said) => said === "work" || said === "faster",
      script: (_, { text: said, step }): Action[] =>
        said === "work" && step === 1
          ? [
              ...text("Working, slowly and with great care. ", { size: 2, pace_ms: 250 }),
              ...toolCalls([{ id: "w", name: "current_time", arguments: {} }]),
            ]
          : reply("As you wish."),
    },
  ];
  const { gateway } = await stage.gateway(scriptByContent(rules));
  await page.goto(gateway.url);
  await say(page, "work");
  await expect(lastTurn(page)).toContainText("Wo");
  await say(page, "faster");
  await page.getByTestId("queued").getByRole("button", { name: "Steer now" }).click();
  await expect(page.getByTestId("queued")).toContainText("joins at the next step");
  await expect(lastTurn(page)).toContainText("You steered: faster");
  await ended(page, "done");
  await expect(page.getByTestId("turn")).toHaveCount(1);
  await expectPageEqualsLog(page, gateway);
});

test("SEND-11: the chosen model, agent and thinking are what the next message asks for", async ({ page, stage }) => {
  const { gateway, model } = await stage.gateway(scriptByContent([{ when: /./, script: reply("Yes.") }]), {
    config: (url) => ({
      providers: { here: { base_url: url, thinking_style: "enable_thinking" } },
      models: [
        { id: "first", provider: "here", context: 32_000 },
        { id: "second", provider: "here", context: 64_000 },
      ],
      agents: { writer: { description: "Writes, and nothing else.", system: "You write." } },
    }),
  });
  await page.goto(gateway.url);
  await page.getByTestId("model").click();
  await page.getByRole("menuitem", { name: /second/ }).click();
  await page.getByTestId("agent").click();
  await page.getByRole("menuitem", { name: /writer/ }).click();
  await page.getByTestId("think").click();
  await say(page, "hello");
  await ended(page, "done");
  const view = await expectPageEqualsLog(page, gateway);
  expect(view.turns[0]).toMatchObject({ model: "second", agent: "writer" });
  expect(model?.requests[0]?.body).toMatchObject({ model: "second", enable_thinking: true });
  await expect(page.getByTestId("agent")).toContainText("writer");
  await expect(page.getByTestId("think")).toHaveAttribute("aria-pressed", "true");
  await say(page, "hello again");
  await expect(page.getByTestId("turn")).toHaveCount(2);
  await ended(page, "done");
  expect((await expectPageEqualsLog(page, gateway)).turns[1]).toMatchObject({ model: "second", agent: "writer" });
});
