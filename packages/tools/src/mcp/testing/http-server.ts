import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface Message {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly requestId?: number | string };
}

/** A server over HTTP written by hand, so that it shares no mistake with an SDK. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  /** Each request: method, JSON-RPC method, tool, and the headers. */
  readonly requests: { readonly what: string; readonly headers: IncomingMessage["headers"] }[];
  /** Names of tools whose stream was closed from the other side. */
  readonly left: string[];
  /** Knows none of its sessions any more. */
  forget(): void;
}

const TOOLS = ["echo", "break", "end", "hang_up", "never", "event", "json", "away", "post", "busy", "wrong", "deep"];
const inputSchema = { type: "object" };

/** @param era `2026`: speaks only that protocol, where cancelling is closing the stream and nothing can be resumed */
export async function httpServer(era: "2025" | "2026", elsewhere = "http://localhost:1/"): Promise<HttpServer> {
  const requests: HttpServer["requests"] = [];
  const left: string[] = [];
  let session = 1;

  function answer(response: ServerResponse, id: Message["id"], result: object): void {
    const complete = era === "2026" ? { resultType: "complete", ttlMs: 0, cacheScope: "private", ...result } : result;
    const headers = { "content-type": "application/json", ...(era === "2025" && { "mcp-session-id": `s${session}` }) };
    response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: "2.0", id, result: complete }));
  }

  function call(response: ServerResponse, { id, params }: Message): void {
    const name = params?.name ?? "";
    const stream = (): ServerResponse => response.writeHead(200, { "content-type": "text/event-stream" });
    switch (name) {
      case "break":
        stream().write(': working\n\ndata: {"jsonrpc":"2.0","meth');
        setTimeout(() => response.destroy(), 30);
        return;
      case "end":
        stream().end(": working\n\n");
        return;
      case "hang_up":
        response.destroy();
        return;
      case "never":
        stream().write(": working\n\n");
        response.on("close", () => left.push(name));
        return;
      case "event": {
        stream().write(": small\r\n\r\ndata: ");
        const write = (): void => {
          while (!response.closed && response.write("y".repeat(1024 * 1024)));
          response.once("drain", write);
        };
        return write();
      }
      case "json":
        return answer(response, id, { content: [{ type: "text", text: "z".repeat(20 * 1024 * 1024) }] });
      case "away":
        response.writeHead(307, { location: elsewhere }).end();
        return;
      case "post":
        response.writeHead(303, { location: elsewhere }).end();
        return;
      case "busy":
        response.writeHead(502).end("bad gateway");
        return;
      case "wrong":
        response.writeHead(400).end("no");
        return;
      case "deep": {
        const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
        const type = era === "2026" ? '"resultType":"complete",' : "";
        stream().end(
          `data: {"jsonrpc":"2.0","id":${id},"result":{${type}"content":[],"structuredContent":{"a":${deep}}}}\n\n`,
        );
        return;
      }
      default:
        return answer(response, id, { content: [{ type: "text", text: "echo" }] });
    }
  }

  function handle(request: IncomingMessage, response: ServerResponse, message: Message): void {
    const { id, method } = message;
    const known = request.headers["mcp-session-id"];
    if (known !== undefined && known !== `s${session}`) return void response.writeHead(404).end();
    const capabilities = { tools: {} };
    switch (method) {
      case "server/discover":
        if (era === "2026") return answer(response, id, { supportedVersions: ["2026-07-28"], capabilities });
        return void response.writeHead(400).end();
      case "initialize":
        return answer(response, id, {
          protocolVersion: "2025-06-18",
          capabilities,
          serverInfo: { name: "h", version: "1" },
        });
      case "tools/list":
        return answer(response, id, { tools: TOOLS.map((name) => ({ name, inputSchema })) });
      case "tools/call":
        return call(response, message);
      default:
        response.writeHead(202).end();
    }
  }

  const server = createServer((request, response) => {
    const note = (words: string): void => void requests.push({ what: words, headers: request.headers });
    if (request.method !== "POST") {
      note(request.method ?? "");
      return void response.writeHead(405).end();
    }
    void json(request).then((body) => {
      const message = body as Message;
      note(["POST", message.method, message.params?.name ?? ""].join(" ").trim());
      handle(request, response, message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    requests,
    left,
    forget: () => {
      session += 1;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
