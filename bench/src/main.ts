import type { ModelCalls } from "./load/model.ts";
import type { ViewerCalls } from "./load/viewers.ts";
import type { Row } from "./measures/measure.ts";
import { soak } from "./measures/soak.ts";
import { MEASURES, type Options, readOptions, USAGE } from "./options.ts";
import { Child } from "./processes/child.ts";
import { Remote } from "./processes/rpc.ts";
import { isDisturbed, report, writeReadme } from "./report.ts";

async function run({ quick, only, write, profile_dir, soak_ms }: Options): Promise<void> {
  const model = await Child.start({ module: new URL("./load/model.ts", import.meta.url), place: "load" });
  const viewers = await Child.start({ module: new URL("./load/viewers.ts", import.meta.url), place: "load" });
  const bench = {
    model_url: model.url,
    model: new Remote<ModelCalls>(model.process),
    viewers: new Remote<ViewerCalls>(viewers.process),
    quick,
    profile_dir,
    say: (text: string) => console.error(text),
  };
  const rows: Row[] = [];
  if (soak_ms !== null) rows.push(...(await soak(bench, soak_ms)));
  else for (const name of only) rows.push(...((await MEASURES[name]?.(bench)) ?? []));
  await viewers.stop();
  await model.stop();
  const result = report(rows, new Date());
  console.log(`\n${result}`);
  if (!write) return;
  if (isDisturbed(rows)) throw new Error("the README keeps its result: the machine was busy with something else.");
  writeReadme(result);
}

function fail(error: unknown, code: number, hint = ""): never {
  console.error(`bench: ${error instanceof Error ? error.message : error}${hint}`);
  process.exit(code);
}

function options(): Options {
  try {
    if (process.platform !== "linux") throw new Error("The benchmark reads /proc, so it runs on Linux only.");
    return readOptions(process.argv.slice(2));
  } catch (error) {
    return fail(error, 2, ` (${USAGE})`);
  }
}

await run(options()).catch((error: unknown) => fail(error, 1));
