import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Event, emptyView, fold, isDelta, type View } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { type Action, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { openSqliteStore } from "@millrace/store";
import { expect, test } from "vitest";
import { GatewayProcess } from "../kit/gateway-process.ts";
import { judge, LogLedger } from "../kit/oracle.ts";
import { Viewer } from "../kit/viewer.ts";

/** As the model's server cuts it; a piece may end in half of a pair, or be half of one for ever. */
const ODD: readonly (readonly [name: string, pieces: readonly string[]])[] = [
  ["NUL", ["a\u0000b", "\u0000", "c\u0000"]],
  ["lone surrogates", ["\ud800 ", "x\udfff", " \udc00\ud800 ", "end"]],
  ["U+2028 and U+2029", ["a\u2028b", "\u2029", "\u2028"]],
  ["more than 64 KiB", ["x".repeat(40_000), "汉".repeat(40_000), "😀".repeat(9_000)]],
  ["an emoji at the seam", ["smile \ud83d", "\ude00 and \ud83d", "\udc4d\u200d\ud83c", "\udfff done"]],
  [
    "quotes, controls and the stream's own words",
    ['"\\\n\r\t\u0007', "data: [DONE]\n\n", "\u007f\ufeff\uffff</script>"],
  ],
];

test.each(ODD)(
  "F52 LOG-6: %s said by a model is the same after kill -9, in the file and over every door",
  {
    timeout: 60_000,
  },
  async (_, pieces) => {
    const said = pieces.join("");
    const folder = await mkdtemp(join(tmpdir(), "millrace-odd-"));
    await using model = await startScriptedModel({
      responder: scriptByContent([{ when: "say it", script: pieces.map((text): Action => ({ text })) }]),
    });
    const env = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: "none", MILLRACE_MODEL: "scripted" };
    await using gateway = await GatewayProcess.start({ data_dir: folder, env });
    const made = await fetch(`${gateway.url}/api/v1/agent/run`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: "say it" }),
    });
    const { session_id, message } = (await made.json()) as { session_id: string; message: string };
    const fresh = await events(gateway.url, session_id);
    await gateway.kill("SIGKILL");

    const store = await openSqliteStore(folder);
    const rows = await store.read(session_id, 0, 10_000);
    await store.close();
    const stored = rows.map(({ body }) => JSON.parse(body) as Event).filter((event) => isDelta(event));
    expect(stored.map(({ content }) => content).join("") === said, "the file").toBe(true);

    await gateway.start();
    const viewer = new Viewer(gateway.url, session_id);
    const again = await events(gateway.url, session_id);
    const log = new LogLedger(again);
    await viewer.reaches(log.head);
    viewer.close();
    const exported = await (await fetch(`${gateway.url}/api/v1/sessions/${session_id}/export`)).text();
    const streamed = await sse(gateway.url, session_id, log.head);
    await gateway.kill("SIGTERM");
    await rm(folder, { recursive: true });

    expect(message === said, "the answer of the run").toBe(true);
    const [, ...lines] = exported.trimEnd().split("\n");
    const doors: Record<string, readonly Event[]> = {
      fresh,
      again,
      streamed,
      exported: lines.map((line) => JSON.parse(line) as Event),
    };
    for (const [door, read] of Object.entries(doors)) {
      expect(textOf(fold(emptyView(), read)) === said, door).toBe(true);
      expect([door, brokenRules(read)]).toEqual([door, []]);
    }
    expect(textOf(viewer.view) === said, "the WebSocket").toBe(true);
    expect(judge({ logs: [log], viewers: [viewer] })).toEqual([]);
  },
);

function textOf({ turns }: View): string {
  return turns.flatMap(({ items }) => items.flatMap((item) => (item.kind === "text" ? [item.content] : []))).join("");
}

async function events(url: string, session_id: string): Promise<Event[]> {
  return (await (await fetch(`${url}/api/v1/sessions/${session_id}/events`)).json()) as Event[];
}

/** A stream's events up to a position. */
async function sse(url: string, session_id: string, head: number): Promise<Event[]> {
  const headers = { Accept: "text/event-stream" };
  const response = await fetch(`${url}/api/v1/sessions/${session_id}/events`, { headers });
  const decoder = new TextDecoder();
  const read: Event[] = [];
  let held = "";
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    const blocks = (held + decoder.decode(bytes, { stream: true })).split("\n\n");
    held = blocks.pop() ?? "";
    for (const block of blocks) {
      const line = block.split("\n").find((one) => one.startsWith("data: "));
      if (line !== undefined) read.push(JSON.parse(line.slice(6)) as Event);
    }
    if ((read.at(-1)?.seq ?? 0) >= head) break;
  }
  return read;
}
