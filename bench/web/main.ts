import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { chromiumPath } from "../../scripts/chromium.mjs";
import { answer, LAST_WORDS } from "./answer.ts";
import { type ApplicationMeasures, openedAndLeft } from "./application.ts";
import { streamed } from "./browser.ts";
import type { Measures } from "./measures.ts";
import { applicationTable, table } from "./report.ts";
import { servedPage } from "./serve.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "floor,paragraphs,millrace,react-markdown,application" },
    kb: { type: "string", default: "200" },
    rounds: { type: "string", default: "1" },
    profile: { type: "string" },
    rate: { type: "string", default: "1700" },
  },
});

const text = answer(Number(values.kb) * 1_024);
const executablePath = chromiumPath();
await using page = await servedPage(values.profile !== undefined);
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--disable-gpu", "--enable-precise-memory-info"],
});
const names = values.only.split(",");
const contenders = names.filter((name) => name !== "application");
let application: ApplicationMeasures | null = null;
const results = new Map<string, Measures[]>();
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const contender of contenders) {
      const options = { contender, text, size: 4, perSecond: Number(values.rate), last: LAST_WORDS };
      const measures = await streamed(browser, page.url, options, values.profile);
      results.set(contender, [...(results.get(contender) ?? []), measures]);
      console.error(`${contender}: ${measures.busy.toFixed(0)} ms per second`);
    }
  }
  if (contenders.length < names.length) application = await openedAndLeft(browser);
} finally {
  await browser.close();
}
if (contenders.length > 0)
  console.log(table(results, { kb: Number(values.kb), rate: Number(values.rate), load: loadavg()[0]! }));
if (application !== null) console.log(`\n${applicationTable(application)}`);
