import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { MessageAttachment, UploadedAttachment } from "@millrace/protocol";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfiguredGateway } from "./configured-gateway.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { HttpAnswer } from "./http-client.ts";

let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    rules: [
      { when: "hang", script: [{ text: "Well" }, { hang: true }] },
      { when: /(?:)/, script: reply("Seen.") },
    ],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** A PNG of one pixel. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const PATH = "/api/v1/attachments";

function upload(
  body: string | Uint8Array,
  {
    type = "text/plain",
    name = "a.txt",
    headers = {},
  }: { type?: string; name?: string; headers?: Record<string, string> } = {},
  http = gateway.http,
): Promise<HttpAnswer> {
  const given = { "Content-Type": type, "X-File-Name": encodeURIComponent(name), ...headers };
  return http.send(PATH, { method: "POST", body, headers: given });
}

async function uploaded(...given: Parameters<typeof upload>): Promise<UploadedAttachment> {
  const { status, json } = await upload(...given);
  expect(status).toBe(201);
  return json as UploadedAttachment;
}

/** What the model was asked last, as it came to its endpoint. */
function asked(): { role: string; content: unknown }[] {
  const { body } = gateway.model.requests.at(-1) as unknown as { body: { messages: never[] } };
  return body.messages;
}

const named = ({ digest: _digest, ...attachment }: UploadedAttachment): MessageAttachment => attachment;

describe("uploads", () => {
  it("ATTACH-1: an image and a text are stored and told by their ids", async () => {
    const image = await uploaded(PIXEL, { type: "image/png", name: "点.png" });
    expect(image).toMatchObject({ name: "点.png", media_type: "image/png", size: PIXEL.length });
    const text = await uploaded("print(1)\n", { type: "text/x-python", name: "a.py" });
    expect(text).toMatchObject({ name: "a.py", media_type: "text/x-python", size: 9 });
    expect(existsSync(join(gateway.settings.data_dir, "attachments", text.digest))).toBe(true);
  });

  it.each<[string, string | Uint8Array, Parameters<typeof upload>[1], number, string]>([
    ["a type that is not taken", "%PDF-1.7", { type: "application/pdf" }, 415, "unsupported_media_type"],
    [
      "a page that says it is an image",
      "<html><script>alert(1)</script>",
      { type: "image/png" },
      415,
      "unsupported_media_type",
    ],
    ["SVG as an image", "<svg/>", { type: "image/svg+xml" }, 415, "unsupported_media_type"],
    ["bytes that say they are text", new Uint8Array([0, 1, 2]), {}, 415, "unsupported_media_type"],
    ["packed text", "abc", { headers: { "Content-Encoding": "gzip" } }, 415, "unsupported_media_type"],
    ["nothing", "", {}, 400, "bad_request"],
    ["a wrong name", "abc", { headers: { "X-File-Name": "%ff" } }, 400, "bad_request"],
    ["a text of 256 KiB and a byte", "a".repeat(256 * 1024 + 1), {}, 413, "too_large"],
    [
      "an image of 5 MiB and a byte",
      Buffer.concat([PIXEL, Buffer.alloc(5 * 1024 * 1024)]),
      { type: "image/png" },
      413,
      "too_large",
    ],
  ])("ATTACH-1 B53 B70: %s is refused in the form of all errors", async (_name, body, options, status, code) => {
    const answer = await upload(body, options);
    expect([answer.status, (answer.json as { error: { code: string } }).error.code]).toEqual([status, code]);
    expect(answer.text).not.toContain("script");
  });

  it("ATTACH-1 B70: what has no length is refused when it is too long, on a connection that goes on", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { "Content-Type": "text/plain", "Transfer-Encoding": "chunked" };
      const sent = request(`${gateway.url}${PATH}`, { method: "POST", headers, agent: false }, (response) =>
        resolve(response.resume().statusCode),
      );
      sent.on("error", reject);
      sent.write("a".repeat(200 * 1024));
      sent.end("a".repeat(200 * 1024));
    });
    expect(status).toBe(413);
    expect(
      readdirSync(join(gateway.settings.data_dir, "attachments")).filter((name) => name.endsWith(".part")),
    ).toEqual([]);
  });

  it("T4: another site's page uploads nothing", async () => {
    expect((await upload("a", { headers: { Origin: "https://evil.example" } })).status).toBe(403);
    expect((await upload("a", { headers: { "Sec-Fetch-Site": "cross-site" } })).status).toBe(403);
  });

  it("ATTACH-3 T15: a file is given back as what cannot run", async () => {
    const image = await uploaded(PIXEL, { type: "image/png", name: 'a";\u202Egnp.png' });
    const shown = await gateway.http.get(`${PATH}/${image.attachment_id}`);
    expect(shown.status).toBe(200);
    expect(shown.headers).toMatchObject({
      "content-type": "image/png",
      "content-length": String(PIXEL.length),
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": "private, max-age=3600",
    });
    expect(shown.headers["content-disposition"]).toBe(
      "inline; filename=\"a__gnp.png\"; filename*=UTF-8''a%22%3Bgnp.png",
    );
    const page = await uploaded("<script>alert(1)</script>", { type: "text/html", name: "a.html" });
    const given = await gateway.http.get(`${PATH}/${page.attachment_id}`);
    expect(given.text).toBe("<script>alert(1)</script>");
    expect(given.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(given.headers["content-disposition"]).toMatch(/^attachment; /);
    expect((await gateway.http.send(`${PATH}/${page.attachment_id}`, { method: "HEAD" })).text).toBe("");
    for (const id of ["a_0", "..%2f..%2fetc%2fpasswd", page.digest])
      expect((await gateway.http.get(`${PATH}/${id}`)).status).toBe(404);
    expect((await gateway.http.send(`${PATH}/${page.attachment_id}`, { method: "DELETE" })).status).toBe(405);
  });

  it("F49: without room there is 507, with a rate that is passed 429", async () => {
    await using full = await GatewayUnderTest.start({ limits: { free_bytes: 2 ** 60 } });
    const answers = [await upload("a", {}, full.http), await upload("a", {}, full.http)];
    expect(answers.at(-1)).toMatchObject({ status: 507, json: { error: { code: "storage_full" } } });
    await using slow = await GatewayUnderTest.start({ limits: { commands_per_minute: 2 } });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await upload("a", {}, slow.http)).status);
    expect(statuses).toEqual([201, 201, 429]);
  });
});

describe("messages with files", () => {
  it("ATTACH-2: the log names them and holds no bytes; content may be empty, and the title is a file's name", async () => {
    const file = await uploaded("print(1)\n", { name: "a.py" });
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("", { attachments: [file.attachment_id] });
    expect(await viewer.event("user_message")).toMatchObject({ content: "", attachments: [named(file)] });
    await viewer.event("done");
    expect(JSON.stringify(await gateway.events(session_id))).not.toContain("print(1)");
    expect(viewer.view(session_id).turns[0]?.items[0]).toMatchObject({ message: { attachments: [named(file)] } });
    expect((await gateway.http.get(`/api/v1/sessions/${session_id}`)).json).toMatchObject({ title: "a.py" });
  });

  it("ATTACH-5: the model reads a text quoted under its name, in a fence that it cannot end", async () => {
    const file = await uploaded("a\n````\nb", { name: "notes.md", type: "text/markdown" });
    const viewer = await gateway.connect();
    await viewer.send("Look", { attachments: [file.attachment_id] });
    await viewer.event("done");
    expect(asked().at(-1)).toEqual({ role: "user", content: "Look\n\nnotes.md:\n`````md\na\n````\nb\n`````" });
  });

  it("ATTACH-5: a model that takes no images is told that one was left out", async () => {
    const image = await uploaded(PIXEL, { type: "image/png", name: "a.png" });
    const viewer = await gateway.connect();
    await viewer.send("", { attachments: [image.attachment_id] });
    await viewer.event("done");
    const content = "[image a.png was left out: this model does not take images]";
    expect(asked().at(-1)).toEqual({ role: "user", content });
  });

  it("ATTACH-5: one that takes them gets their bytes, and again with the next message; the log file gets none", async () => {
    await using seeing = await ConfiguredGateway.start({
      config: {
        providers: { p: { base_url: gateway.model.url } },
        models: [{ id: "seeing", provider: "p", images: true }],
      },
    });
    expect((await seeing.http.get("/api/v1/models")).json).toMatchObject({ models: [{ id: "seeing", images: true }] });
    const image = await uploaded(PIXEL, { type: "image/png", name: "a.png" }, seeing.http);
    const first = await seeing.run("What?", { attachments: [image.attachment_id] });
    const part = { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL.toString("base64")}` } };
    const content = [{ type: "text", text: "What?" }, part];
    expect(asked().at(-1)).toEqual({ role: "user", content });
    await seeing.run("And now?", { session_id: first.session_id });
    expect(asked().filter(({ role }) => role === "user")).toEqual([
      { role: "user", content },
      { role: "user", content: "And now?" },
    ]);
    const runs = join(seeing.folder, "runs");
    const written = readdirSync(runs, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
    expect(written).toContain('"a.png"');
    expect(written).not.toContain("base64");
  });

  it("ATTACH-5: one that joins a run brings its files", async () => {
    const file = await uploaded("later", { name: "b.txt" });
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("hang");
    await viewer.frame("text_delta");
    await viewer.send("and this", { session_id, mode: "queue", attachments: [file.attachment_id] });
    const { run_id = "" } = await viewer.event("session_start");
    await viewer.command({ type: "stop", session_id, run_id });
    await viewer.event("done");
    expect(asked().at(-1)).toEqual({ role: "user", content: "and this\n\nb.txt:\n```txt\nlater\n```" });
  });

  it("ATTACH-2 B53: what is not there is not_found, and neither a session nor a message is made of it", async () => {
    const file = await uploaded("x", { name: "c.txt" });
    const viewer = await gateway.connect();
    const sessions = async (): Promise<number> =>
      ((await gateway.http.get("/api/v1/sessions?limit=200")).json as { sessions: unknown[] }).sessions.length;
    const before = await sessions();
    const send = (attachments: unknown): Promise<string> =>
      viewer.refused({ type: "send", message_id: randomUUID(), content: "x", attachments });
    expect(await send(["a_000000000000000000000000"])).toBe("not_found");
    expect(await send([file.attachment_id, "../../x"])).toBe("not_found");
    expect(await send([file.attachment_id, file.attachment_id])).toBe("bad_request");
    expect(await send(Array.from({ length: 9 }, (_, n) => `a_${n}`))).toBe("bad_request");
    expect(await send([{ url: "file:///etc/passwd" }])).toBe("bad_request");
    expect(await send("http://169.254.169.254/")).toBe("bad_request");
    expect(await viewer.refused({ type: "send", message_id: randomUUID(), content: " ", attachments: [] })).toBe(
      "bad_request",
    );
    expect(await sessions()).toBe(before);
  });

  it("SEND-3: the same message with other files is another message", async () => {
    const [a, b] = [await uploaded("x"), await uploaded("y")];
    const viewer = await gateway.connect();
    const message_id = randomUUID();
    const { session_id } = await viewer.send("m", { message_id, attachments: [a.attachment_id] });
    expect(await viewer.send("m", { message_id, session_id, attachments: [a.attachment_id] })).toMatchObject({
      duplicate: true,
    });
    for (const attachments of [[b.attachment_id], [a.attachment_id, b.attachment_id], undefined]) {
      const again = { type: "send", message_id, session_id, content: "m", ...(attachments && { attachments }) };
      expect(await viewer.refused(again)).toBe("idempotency_conflict");
    }
  });

  it("HTTP: messages and both doors that start a run take them", async () => {
    const file = await uploaded("over http", { name: "h.txt" });
    const { session_id } = (await gateway.http.post("/api/v1/sessions", {})).json as { session_id: string };
    const said = { message_id: randomUUID(), content: "", attachments: [file.attachment_id] };
    expect((await gateway.http.post(`/api/v1/sessions/${session_id}/messages`, said)).status).toBe(202);
    const run = { message: "", attachments: [file.attachment_id] };
    expect((await gateway.http.post("/api/v1/agent/run", run)).status).toBe(200);
    expect(asked().at(-1)?.content).toBe("h.txt:\n```txt\nover http\n```");
    expect((await gateway.http.post("/api/v1/agent/run", { message: " " })).status).toBe(400);
    expect((await gateway.http.post("/api/v1/agent/run", { message: "", attachments: ["a_"] })).status).toBe(404);
  });

  it("ATTACH-4: an export names them, an import keeps the references", async () => {
    const file = await uploaded("kept", { name: "k *1*.txt" });
    const { session_id } = (
      await gateway.http.post("/api/v1/agent/run", {
        message: "Look",
        attachments: [file.attachment_id],
      })
    ).json as { session_id: string };
    const exported = (format: string): Promise<HttpAnswer> =>
      gateway.http.get(`/api/v1/sessions/${session_id}/export?format=${format}`);
    expect((await exported("md")).text).toContain("> Look\n>\n> *File: k \\*1\\*.txt, 4 bytes*");
    const body = (await exported("jsonl")).text;
    const headers = { "Content-Type": "application/x-ndjson" };
    const made = await gateway.http.send("/api/v1/sessions/import", { method: "POST", body, headers });
    expect(made.status).toBe(201);
    const copy = (made.json as { session_id: string }).session_id;
    expect((await gateway.http.send(`/api/v1/sessions/${session_id}`, { method: "DELETE" })).status).toBe(204);
    await gateway.http.post("/api/v1/agent/run", { message: "more", session_id: copy });
    expect(asked().at(1)?.content).toBe("Look\n\nk *1*.txt:\n```txt\nkept\n```");
  });
});
