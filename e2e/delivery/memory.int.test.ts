import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../kit/gateway-process.ts";
import { judge } from "../kit/oracle.ts";
import { ScriptedGateway } from "../kit/scripted-gateway.ts";
import { Viewer } from "../kit/viewer.ts";

/** Eats all memory there is when the answer has come to its tenth piece. */
const GREEDY = `export default {
  hooks: {
    onDelta: ({ content = "" }) => {
      if (!content.includes("000010")) return;
      const eaten = [];
      for (;;) eaten.push(new Array(1_000_000).fill(0.5).map((one) => ({ one })));
    },
  },
};
`;

test("F35 R1: a step that always runs out of memory is asked again three times, then recovery_exhausted", {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-memory-"));
  const config = join(folder, "greedy.config.ts");
  await writeFile(config, GREEDY);
  const port = await freePort();
  const env = { NODE_OPTIONS: "--max-old-space-size=128", MILLRACE_CONFIG: config };
  await using gateway = await ScriptedGateway.start({ port, fronts: [], env });
  const session_id = await gateway.flood(40);
  const viewer = new Viewer(`http://127.0.0.1:${port}`, session_id);
  let deaths = 0;
  const over = (): boolean => viewer.view.turns[0]?.phase.state === "error";
  for (; deaths < 8 && !over(); ) {
    const died = await Promise.race([gateway.process.ended().then(() => true), reaches(over).then(() => false)]);
    if (!died) break;
    deaths += 1;
    await gateway.process.start();
    viewer.client.retryNow();
  }
  const log = await gateway.quietLog(session_id);
  await viewer.reaches(log.head);
  viewer.close();
  expect(judge({ logs: [log], viewers: [viewer] })).toEqual([]);
  expect(log.view.turns[0]?.phase).toMatchObject({ state: "error", code: "recovery_exhausted" });
  // The step as it was first asked, and three recoveries of it.
  expect(deaths).toBe(4);
  await rm(folder, { recursive: true });
});

async function reaches(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds() && waited < 60_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
