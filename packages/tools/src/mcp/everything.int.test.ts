import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { McpServer } from "./config.ts";
import { type Bench, readyMcp, use } from "./testing/mcp-bench.ts";

const program = fileURLToPath(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"));

let web: ChildProcess;
let web_url: string;

beforeAll(async () => {
  // It takes no port 0 of which it would tell the number.
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  web = spawn(process.execPath, [program, "streamableHttp"], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  await once(web.stderr!, "data");
  web_url = `http://127.0.0.1:${port}/mcp`;
});

afterAll(async () => {
  web.kill("SIGKILL");
  if (web.exitCode === null && web.signalCode === null) await once(web, "exit");
});

const over: Record<string, () => McpServer> = {
  stdio: () => ({ name: "every", command: process.execPath, args: [program, "stdio"] }),
  "streamable HTTP": () => ({ name: "every", url: web_url }),
};

describe.each(Object.keys(over))("the SDK's server with everything, over %s", (transport) => {
  const start = (): Promise<Bench> => readyMcp([over[transport]!()]);

  it("offers its tools, which ask a person first", async () => {
    await using bench = await start();
    const echo = bench.tool("every__echo");
    expect(echo.input_schema).toMatchObject({ type: "object", properties: { message: { type: "string" } } });
    expect(echo.input_schema).not.toHaveProperty("$schema");
    expect(echo.traits).toEqual(["untrusted", "outbound"]);
    const permission = echo.permission as Exclude<typeof echo.permission, string | undefined>;
    expect(permission.default).toBe("ask");
    expect([permission.subjects({}), permission.remembered?.({})]).toEqual([["every__echo"], "every__echo"]);
    expect((await use(echo, { message: "hello" })).content).toBe("Echo: hello");
    expect((await use(bench.tool("every__get-sum"), { a: 2, b: 3 })).content).toContain("5");
  });

  it("T33: leaves the check of arguments to the server, which fails the call", async () => {
    await using bench = await start();
    await expect(use(bench.tool("every__get-sum"), { a: "x" })).rejects.toThrow(/number/);
  });

  it("F88: shows images, links, resources and structured content as words", async () => {
    await using bench = await start();
    const content = async (name: string, args: object = {}): Promise<string> =>
      (await use(bench.tool(`every__${name}`), args)).content;
    expect(await content("get-tiny-image")).toMatch(/\[image image\/png, \d+ (?:KB|bytes)\]/);
    expect(await content("get-resource-links", { count: 2 })).toMatch(/\[resource .+: demo:\/\/.+\]/);
    const reference = { resourceType: "Text", resourceId: 1 };
    expect(await content("get-resource-reference", reference)).toMatch(/\[resource demo:\/\/.+\]\n/);
    expect(await content("get-structured-content", { location: "New York" })).toContain("temperature");
  });

  it("shows progress while a tool runs, and a stop ends the call", async () => {
    await using bench = await start();
    const shown: string[] = [];
    const tool = bench.tool("every__trigger-long-running-operation");
    const output = (line: string): void => void shown.push(line);
    expect((await use(tool, { duration: 1, steps: 4 }, { output })).content).toContain("completed");
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.every((line) => /^\d\/4\n$/.test(line))).toBe(true);
    const stop = new AbortController();
    const call = use(tool, { duration: 60, steps: 60 }, { signal: stop.signal, output });
    call.catch(() => {});
    await bench.until(() => shown.some((line) => line.endsWith("/60\n")));
    stop.abort(new Error("stopped"));
    await expect(call).rejects.toThrow("stopped");
    expect((await use(bench.tool("every__echo"), { message: "still there" })).content).toBe("Echo: still there");
  });

  it("offers only the allowed tools", async () => {
    await using bench = await readyMcp([{ ...over[transport]!(), allow: ["echo", "nothing"] }]);
    expect(bench.mcp.tools().map(({ name }) => name)).toEqual(["every__echo"]);
    expect(bench.mcp.status()[0]!.problem).toBe('it does not offer "nothing"');
  });
});
