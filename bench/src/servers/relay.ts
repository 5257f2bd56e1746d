import { Agent, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/**
 * The bare relay: what streaming costs where nothing is kept. It finds the lines of the model's answer and sends the
 * data of each as one frame, unread. No errors, no stop, no reconnect.
 */
const url = `${process.env.OPENAI_BASE_URL}/chat/completions`;
const agent = new Agent({ keepAlive: true });
const headers = { "content-type": "application/json" };

function forward(response: IncomingMessage, socket: WebSocket): void {
  let rest = "";
  response.setEncoding("utf8");
  response.on("data", (text: string) => {
    const body = rest === "" ? text : rest + text;
    let start = 0;
    for (let end = body.indexOf("\n"); end >= 0; end = body.indexOf("\n", start)) {
      if (body.startsWith("data: ", start)) socket.send(body.slice(start + 6, end));
      start = end + 1;
    }
    rest = body.slice(start);
  });
}

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false }, () => {
  process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
server.on("connection", (socket) => {
  socket.on("message", (content) => {
    const messages = [{ role: "user", content: String(content) }];
    const asked = request(url, { method: "POST", agent, headers }, (response) => forward(response, socket));
    asked.end(JSON.stringify({ model: "bench", stream: true, messages }));
  });
});
process.on("SIGTERM", () => process.exit(0));
