import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS, type Limits, startGateway } from "@millrace/gateway";
import { type ContentRule, scriptByContent, startScriptedModel } from "@millrace/scripted-model";

/** A gateway on a free port with a scripted model behind it, and folders of its own. */
export interface TestGateway extends AsyncDisposable {
  readonly url: string;
}

/** @param hosts further names under which it is reached. @param limits in place of the default ones */
export async function testGateway(
  rules: readonly ContentRule[],
  hosts: readonly string[] = [],
  limits: Partial<Limits> = {},
): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-client-"));
  const model = await startScriptedModel({ responder: scriptByContent(rules) });
  const gateway = await startGateway({
    host: "127.0.0.1",
    port: 0,
    hosts,
    data_dir: join(folder, "data"),
    workspace: folder,
    web_dir: join(folder, "no-web"),
    model: { base_url: model.url, api_key: null, models: ["scripted", "other"] },
    log_level: "silent",
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  return {
    url: gateway.url,
    [Symbol.asyncDispose]: async () => {
      void gateway.close();
      await gateway.close();
      await model.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
