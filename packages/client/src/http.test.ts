import { describe, expect, it } from "vitest";
import { DisconnectedError, RejectedError } from "./errors.ts";
import { Rig } from "./testing/rig.ts";

/** A client whose `fetch` gives one answer and writes down what was asked. */
function answering(answer: () => Response): { rig: Rig; asked: string[] } {
  const asked: string[] = [];
  const fetch = async (url: unknown): Promise<Response> => {
    asked.push(String(url));
    return answer();
  };
  return { rig: new Rig({ fetch: fetch as typeof globalThis.fetch }), asked };
}

describe("HTTP", () => {
  it("lists sessions, models and tools", async () => {
    const { rig, asked } = answering(() => Response.json({ sessions: [], next_cursor: null }));
    expect(await rig.client.sessions.list()).toEqual({ sessions: [], next_cursor: null });
    await rig.client.sessions.list({ q: "a&b", limit: 5, cursor: "c" });
    await rig.client.models();
    await rig.client.tools();
    expect(asked).toEqual([
      "http://gateway.test/api/v1/sessions",
      "http://gateway.test/api/v1/sessions?q=a%26b&limit=5&cursor=c",
      "http://gateway.test/api/v1/models",
      "http://gateway.test/api/v1/tools",
    ]);
  });

  it("makes, reads, renames, deletes, searches and exports sessions", async () => {
    const asked: string[] = [];
    const fetch = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
      asked.push(
        `${init.method ?? "GET"} ${String(url).replace("http://gateway.test/api/v1/", "")} ${init.body ?? ""}`,
      );
      return init.method === "DELETE" ? new Response(null, { status: 204 }) : Response.json({ session_id: "a/b" });
    };
    const { sessions } = new Rig({ fetch: fetch as typeof globalThis.fetch }).client;
    expect(await sessions.create({ title: "T" })).toEqual({ session_id: "a/b" });
    await sessions.get("a/b");
    await sessions.rename("a/b", "New");
    expect(await sessions.delete("a/b")).toBeUndefined();
    await sessions.search("words", { limit: 3 });
    expect(await sessions.export("a/b", "md")).toBe('{"session_id":"a/b"}');
    expect(asked).toEqual([
      'POST sessions {"title":"T"}',
      "GET sessions/a%2Fb ",
      'PATCH sessions/a%2Fb {"title":"New"}',
      "DELETE sessions/a%2Fb ",
      "GET sessions?q=words&limit=3 ",
      "GET sessions/a%2Fb/export?format=md ",
    ]);
  });

  it("ATTACH-1: uploads bytes as they are, under a name in any script", async () => {
    const asked: [string, RequestInit][] = [];
    const fetch = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
      asked.push([String(url), init]);
      return Response.json({ attachment_id: "a_1" }, { status: 201 });
    };
    const { client } = new Rig({ fetch: fetch as typeof globalThis.fetch });
    const file = new Blob(["{}"], { type: "application/json" });
    expect(await client.upload(file, "点.json")).toEqual({ attachment_id: "a_1" });
    expect(asked).toMatchObject([
      [
        "http://gateway.test/api/v1/attachments",
        {
          method: "POST",
          body: file,
          headers: { "content-type": "application/json", "x-file-name": "%E7%82%B9.json" },
        },
      ],
    ]);
  });

  it("rejects with the server's code", async () => {
    const { rig } = answering(() => Response.json({ error: { code: "not_found", message: "no" } }, { status: 404 }));
    await expect(rig.client.models()).rejects.toEqual(new RejectedError("not_found", "no"));
  });

  it.each([
    [415, "unsupported_media_type"],
    [413, "quota_exceeded"],
    [413, "too_large"],
    [507, "storage_full"],
  ] as const)("ATTACH-1: an upload that is refused with %i rejects with %s", async (status, code) => {
    const { rig } = answering(() => Response.json({ error: { code, message: "no" } }, { status }));
    await expect(rig.client.upload(new Blob(["x"]), "x")).rejects.toEqual(new RejectedError(code, "no"));
  });

  it.each([
    ["an answer without a known code", () => Response.json({ error: { code: "toString" } }, { status: 500 })],
    ["an answer that is nothing", () => Response.json(null, { status: 500 })],
    ["a proxy's page", () => new Response("<html>", { status: 502 })],
    [
      "no answer",
      () => {
        throw new TypeError("fetch failed");
      },
    ],
  ])("rejects with DisconnectedError after %s", async (_, answer) => {
    await expect(answering(answer).rig.client.models()).rejects.toBeInstanceOf(DisconnectedError);
  });

  it.each([
    ["2", 2_000],
    ["-5", 0],
    ["1e99", 3_600_000],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
  ])("is asked to wait for as long as a timer can take: %s", async (seconds, wait) => {
    const refusal = { error: { code: "rate_limited", message: "" } };
    const { rig } = answering(() => Response.json(refusal, { status: 429, headers: { "retry-after": seconds } }));
    const refused = await rig.client.models().catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "rate_limited" });
    expect((refused as RejectedError).retry_after_ms).toBe(wait);
  });
});
