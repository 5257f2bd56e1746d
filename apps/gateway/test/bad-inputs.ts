import { gzipSync } from "node:zlib";
import { upgrade, wsFrame } from "./raw-socket.ts";

/** One row of bad inputs as the bytes of one connection. */
export interface BadInput {
  readonly name: string;
  /** Whether the gateway has nothing to say to it before a time has passed. */
  readonly waits?: boolean;
  bytes(port: number): Buffer;
}

const PING = '{"type":"ping","id":"p"}';

function socket(name: string, ...frames: (string | Buffer)[]): BadInput {
  const sent = Buffer.concat(frames.map((frame) => (typeof frame === "string" ? wsFrame(frame) : frame)));
  return { name, bytes: (port) => Buffer.concat([Buffer.from(upgrade(port)), sent]) };
}

const shake = (name: string, replace: Record<string, string | null>, path?: string): BadInput => ({
  name,
  bytes: (port) => Buffer.from(upgrade(port, replace, path)),
});

/** `@` stands for the gateway's own `Host` line. */
const request = (name: string, text: string | Buffer): BadInput => ({
  name,
  bytes: (port) =>
    typeof text === "string" ? Buffer.from(text.replace("@", `Host: 127.0.0.1:${port}`), "latin1") : text,
});

const get = (name: string, path: string, more = ""): BadInput =>
  request(name, `GET ${path} HTTP/1.1\r\n@\r\nConnection: close\r\n${more}\r\n`);

function post(name: string, body: string | Buffer, type = "application/json", more = ""): BadInput {
  const bytes = Buffer.from(body as string);
  const head = (port: number): string =>
    `POST /api/v1/agent/run HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${bytes.length}\r\n${more}\r\n`;
  return { name, bytes: (port) => Buffer.concat([Buffer.from(head(port)), bytes]) };
}

const uuid = "00000000-0000-4000-8000-000000000000";
const many = (count: number, text: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => text(n)).join("");
const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const send = (content: string): string => `{"type":"send","id":"s","message_id":"${uuid}","content":${content}}`;
const subscribe = (fields: string): string => `{"type":"subscribe","id":"s",${fields}}`;

const HANDSHAKES: readonly BadInput[] = [
  shake("B1", { Origin: "https://evil.com" }),
  shake("B2", { Origin: "null" }),
  shake("B3", { Origin: "http://localhost.evil.com:80" }),
  shake("B4", { Origin: "http://localhost:1" }),
  shake("B6", { Host: "evil.com" }),
  shake("B7", { Host: "" }),
  shake("B8", { "X-A": "b\r\nHost: evil.com" }),
  shake("B9", {}, "http://evil.com/api/v1/ws"),
  shake("B10", { "Sec-WebSocket-Version": "12" }),
  shake("B11", { "Sec-WebSocket-Key": "short" }),
  shake("B12", { "Sec-WebSocket-Protocol": "a,,b" }),
  shake("B13", { Upgrade: "h2c" }),
  shake("B14", {}, "/nothing"),
  { ...shake("B15", { "Content-Length": "5" }), waits: true },
  shake("B20", {}, "/api/v1/ws?token=secret"),
];

const FRAMES: readonly BadInput[] = [
  socket("B21", wsFrame(PING, { masked: false })),
  socket("B22", wsFrame(PING, { rsv: 4 })),
  socket("B23", wsFrame(PING, { opcode: 11 })),
  socket("B24", wsFrame("x".repeat(126), { opcode: 9 })),
  socket("B26", wsFrame(PING, { opcode: 0 })),
  socket("B27", wsFrame(Uint8Array.from([0xc0, 0x80]))),
  socket("B29", "x".repeat(65_537)),
  socket("B30", wsFrame("", { length: 1n << 40n })),
  socket(
    "B31",
    wsFrame("x", { fin: false }),
    ...Array.from({ length: 70 }, () => wsFrame("x", { opcode: 0, fin: false })),
  ),
  socket("B32", wsFrame(Uint8Array.from([3]), { opcode: 8 })),
  socket("B33", wsFrame(PING, { opcode: 2 })),
  socket("B34", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
  { ...socket("B35", ...Array.from({ length: 1_000 }, () => wsFrame("x".repeat(125), { opcode: 9 }))), waits: true },
  { ...socket("B37"), waits: true },
  { ...socket("B38", Buffer.from([0x81])), waits: true },
];

const COMMANDS: readonly BadInput[] = [
  ...["", "{", "nul", "NaN", "{'a':1}", "[]", '"x"', "1", "null", "{}"].map((text) => socket("B39-B41", text)),
  ...[
    ["B42", '{"type":"nonsense","id":"a"}'],
    ["B43", `{"type":"ping","id":"a","x":"${"x".repeat(60_000)}"}`],
    ["B44", '{"type":"ping","id":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'],
    ["B45", `{"type":"ping","id":"deep","x":${nested(10_000)}}`],
    ["B46", '{"type":"delete_session","type":"ping","id":"a"}'],
    ["B47", subscribe('"session_id":"s","after":1e999')],
    ["B49", subscribe(`"session_id":"s","epoch":"${"e".repeat(10_000)}"`)],
    ["B50", subscribe('"session_id":"../../etc"')],
    ["B51", '{"type":"send","id":"s","message_id":"1","content":"x"}'],
    ["B52", send('"   "')],
    ["B53", send(`[${many(1_000, () => '{"type":"image_url"},')}1]`)],
    ["B56", '{"type":"auth","id":"a","token":"x"}'],
    ["B57", '{"type":"respond","id":"r","session_id":"s","request_id":"r","answer":"yes"}'],
    ["B59", '{"type":"stop","id":"s","session_id":"s","run_id":"r"}'],
    ["B60", '{"type":"done","id":"d"}'],
  ].map(([name = "", text = ""]) => ({ ...socket(name, text), waits: true })),
  socket("B42 CMD-10", ...Array.from({ length: 25 }, (_, n) => `{"type":"nonsense","id":"${n}"}`)),
  socket("B55", ...Array.from({ length: 500 }, (_, n) => `{"type":"ping","id":"${n}"}`)),
];

const padded = (size: number): string => `{"message":"${"x".repeat(size - 14)}"}`;
const REQUESTS: readonly BadInput[] = [
  post("B64", "{"),
  post("B65", "1"),
  post("B66", '{"message":"x"}', "text/plain"),
  post("B67", "message=x", "application/x-www-form-urlencoded"),
  post("B68", '{"message":"x"}', "application/json; charset=utf-16"),
  post("B69", Buffer.from('{"message":"\xff"}', "latin1")),
  post("B70", padded(65_537)),
  post("B70", gzipSync(padded(10_000_000)), "application/json", "Content-Encoding: gzip\r\n"),
  post("CMD-4", `{"message":"x","a":${nested(10_000)}}`),
  {
    ...request(
      "B71",
      "POST /api/v1/agent/run HTTP/1.1\r\n@\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    ),
    waits: true,
  },
  { ...request("B72", "GET /healthz HTTP/1.1\r\n@\r\nX-A: "), waits: true },
  request("B73", "POST /healthz HTTP/1.1\r\n@\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  request("B73", "GET /healthz HTTP/1.1\r\n@\r\nX-A: b\r\n c\r\n\r\n"),
  request("B74", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"),
  get("B75", "/healthz", `X-A: ${"x".repeat(17_000)}\r\n`),
  get(
    "B75",
    "/healthz",
    many(1_500, (n) => `X-Header-${n}: v\r\n`),
  ),
  get("B76", "/api/v1/sessions/%ZZ"),
  get("B77", "/api/v1/sessions/..%2f..%2fetc/events"),
  get("B78", "/api/v1/sessions?__proto__[a]=1"),
  get("B79", "/api/v1/sessions/none/events", "Accept: text/event-stream\r\nLast-Event-ID: garbage\r\n"),
  request("B80", "FOO /healthz HTTP/1.1\r\n@\r\n\r\n"),
  get("B81", "/api/v1/sessions", "Origin: https://evil.com\r\n"),
  post("B82", '{"message":"x"}', "application/json", "Sec-Fetch-Site: same-site\r\n"),
  request("B85", Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])),
  request("B85", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  get("B86", "/healthz", "Expect: foo\r\n"),
  get("B88", "/nothing"),
];

/** Section 3 as bytes: what a stranger may send to any door. */
export const BAD_INPUTS: readonly BadInput[] = [...HANDSHAKES, ...FRAMES, ...COMMANDS, ...REQUESTS];
