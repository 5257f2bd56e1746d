import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { answer } from "../processes/rpc.ts";
import { stampNow, tokenText } from "./numbered-text.ts";
import { PacedStreams } from "./paced-streams.ts";
import { promptOf } from "./prompt.ts";

/**
 * A chat-completions endpoint that costs as little as it can, so that the server under test is what is measured. Its
 * chunks are OpenAI's in form and size, and each token is an HTTP chunk of its own, as with real endpoints.
 */
const FRAME = `data: {"id":"chatcmpl-Benchmark0123456789abcdefghi","object":"chat.completion.chunk","created":1790000000,"model":"bench","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":`;
const TAIL = `,"logprobs":null,"finish_reason":null}]}\n\n`;
const ROLE = `${FRAME}{"role":"assistant","content":""}${TAIL}`;
const FINISH = `${FRAME}{},"logprobs":null,"finish_reason":"stop"}]}\n\n`;
const USAGE = `data: {"id":"chatcmpl-Benchmark0123456789abcdefghi","object":"chat.completion.chunk","created":1790000000,"model":"bench","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":10,"total_tokens":20}}\n\n`;

/** As much as is handed to a socket at once where the stream is not paced. Bytes. */
const SLICE = 16 * 1_024;

const ending = (usage: boolean): string => `${FINISH}${usage ? USAGE : ""}data: [DONE]\n\n`;

/** A token as it goes over the wire: HTTP's framing, the event, the JSON. */
function token(text: string): string {
  const event = `${FRAME}{"content":"${text}"}${TAIL}`;
  return `${event.length.toString(16)}\r\n${event}\r\n`;
}

const paced = new PacedStreams((number, padding) => token(`${".".repeat(padding)}${tokenText(number, stampNow())}`));
const bodies = new Map<number, Buffer>();

function plainBody(tokens: number): Buffer {
  let body = bodies.get(tokens);
  if (body === undefined) {
    body = Buffer.from(Array.from({ length: tokens }, (_, number) => token(tokenText(number, null))).join(""));
    bodies.set(tokens, body);
  }
  return body;
}

function sendAll(response: ServerResponse, socket: Socket, body: Buffer, end: string): void {
  let at = 0;
  const go = (): void => {
    while (at < body.length) {
      const more = socket.write(body.subarray(at, at + SLICE));
      at += SLICE;
      if (!more) return;
    }
    socket.off("drain", go);
    response.end(end);
  };
  socket.on("drain", go);
  go();
}

async function complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  request.setEncoding("utf8");
  for await (const text of request) body += text;
  const { prompt, wantsUsage } = promptOf(body);
  const { socket } = request;
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  response.write(ROLE);
  // From here on the tokens go to the socket as they are; the response only ends the body.
  if ("tokens" in prompt) sendAll(response, socket, plainBody(prompt.tokens), ending(wantsUsage));
  else paced.add(response, prompt, ending(wantsUsage));
}

const calls = {
  /** Ends the paced streams; resolves with the number of tokens they have sent. */
  finish: (): number => paced.finish(),
};
export type ModelCalls = typeof calls;

const server = createServer((request, response) => {
  complete(request, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", 4_096, () => {
  answer(calls);
  process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/v1\n`);
});
process.on("SIGTERM", () => process.exit(0));
