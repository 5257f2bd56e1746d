import { afterEach, describe, expect, it, vi } from "vitest";
import { boundedFetch } from "./bounded-fetch.ts";
import { MESSAGE_BYTES } from "./bounds.ts";

const server = new URL("http://10.0.0.1:8080/mcp");

afterEach(() => vi.unstubAllGlobals());

/** Reads a response of these chunks through the bounds. @returns bytes that came, and what was said */
async function read(type: string, chunks: Iterable<string>): Promise<{ bytes: number; problems: string[] }> {
  const problems: string[] = [];
  const encoder = new TextEncoder();
  const body = ReadableStream.from(
    (function* () {
      for (const chunk of chunks) yield encoder.encode(chunk);
    })(),
  );
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { headers: { "content-type": type } })));
  const events = { doubted: () => {}, overflowed: (problem: string) => void problems.push(problem) };
  const response = await boundedFetch(server, events)(server);
  let bytes = 0;
  try {
    for await (const chunk of response.body!) bytes += chunk.length;
  } catch (error) {
    problems.push((error as Error).message);
  }
  return { bytes, problems };
}

function* times(count: number, chunk: string): Iterable<string> {
  for (let index = 0; index < count; index += 1) yield chunk;
}

const MiB = "x".repeat(1024 * 1024);
const too_large = ["sent a message of more than 16 MiB", "sent a message of more than 16 MiB"];

describe("boundedFetch", () => {
  it("F88: hands on 16 MiB of a response, and no byte more", async () => {
    expect(await read("application/json", times(16, MiB))).toEqual({ bytes: MESSAGE_BYTES, problems: [] });
    expect(await read("application/json", [...times(16, MiB), "y"])).toEqual({
      bytes: MESSAGE_BYTES,
      problems: too_large,
    });
  });

  it("F88: counts each event of a stream anew, wherever its end is split", async () => {
    const event = `data: ${MiB}\n\n`;
    expect((await read("text/event-stream; charset=utf-8", times(40, event))).problems).toEqual([]);
    const split = [`data: ${MiB}\n`, "\ndata:", `${MiB}\r\n`, "\r\n"];
    expect(
      (
        await read(
          "text/event-stream",
          [...times(20, split.join("¦"))].flatMap((all) => all.split("¦")),
        )
      ).problems,
    ).toEqual([]);
    expect((await read("text/event-stream", times(17, `data: ${MiB}\n`))).problems).toEqual(too_large);
  });

  it("T22 T27: asks no other host, and leaves redirects alone", async () => {
    const asked: unknown[] = [];
    vi.stubGlobal("fetch", (...all: unknown[]) => {
      asked.push(all);
      return Promise.resolve(new Response(null, { status: 307, headers: { location: "http://169.254.169.254/" } }));
    });
    const fetch = boundedFetch(server, { doubted: () => {}, overflowed: () => {} });
    for (const url of ["http://169.254.169.254/", "http://10.0.0.1:8081/mcp", "http://10.0.0.1/mcp"]) {
      await expect(fetch(url), url).rejects.toThrow("another host");
    }
    expect(asked).toEqual([]);
    expect((await fetch(server, { headers: { a: "b" }, redirect: "follow" })).status).toBe(307);
    expect(asked).toEqual([[server, { headers: { a: "b" }, redirect: "manual" }]]);
  });

  it("doubts a server that cannot be reached, not one that only takes no notifications", async () => {
    let doubts = 0;
    const answer = async (how: Response | Error, init: RequestInit, signal?: AbortSignal): Promise<number> => {
      vi.stubGlobal("fetch", () => (how instanceof Error ? Promise.reject(how) : Promise.resolve(how)));
      const before = doubts;
      const fetch = boundedFetch(server, { doubted: () => (doubts += 1), overflowed: () => {} });
      await fetch(server, { ...init, ...(signal && { signal }) }).catch(() => {});
      return doubts - before;
    };
    expect(await answer(new TypeError("fetch failed"), { method: "POST" })).toBe(1);
    expect(await answer(new TypeError("fetch failed"), { method: "POST" }, AbortSignal.abort())).toBe(0);
    expect(await answer(new Response("", { status: 405 }), { method: "GET" })).toBe(0);
    expect(await answer(new Response("", { status: 500 }), { method: "GET" })).toBe(1);
    expect(await answer(new Response("", { status: 500 }), { method: "POST" })).toBe(0);
    expect(await answer(new Response("", { status: 404 }), { method: "POST" })).toBe(1);
  });
});
