import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { type WebSocket, WebSocketServer } from "ws";

/** The naive gateway: what most people write first. The client library's stream, a frame for each chunk, nothing kept. */
const client = new OpenAI({ baseURL: process.env.OPENAI_BASE_URL ?? "", apiKey: "none" });

async function run(content: string, socket: WebSocket): Promise<void> {
  const stream = await client.chat.completions.create({
    model: "bench",
    stream: true,
    messages: [{ role: "user", content }],
  });
  for await (const chunk of stream) {
    const text = chunk.choices[0]?.delta.content;
    if (text) socket.send(JSON.stringify({ type: "text", content: text }));
  }
  socket.send(JSON.stringify({ type: "done" }));
}

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false }, () => {
  process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
server.on("connection", (socket) => {
  socket.on("message", (content) => {
    run(String(content), socket).catch(() => socket.close(1011));
  });
});
process.on("SIGTERM", () => process.exit(0));
