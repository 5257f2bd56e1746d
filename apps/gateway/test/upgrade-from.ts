import { request } from "node:http";
import type { Socket } from "node:net";
import { within } from "./within.ts";

export interface Upgraded {
  /** 101, or how it was refused. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of the error, where it was refused. */
  readonly code: string | null;
  /** Open where the status is 101. */
  readonly socket: Socket | null;
}

/** An upgrade request of a WebSocket from one of this machine's loopback addresses, and nothing after it. */
export function upgradeFrom(
  port: number,
  address = "127.0.0.1",
  headers: Record<string, string> = {},
): Promise<Upgraded> {
  const answer = new Promise<Upgraded>((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port,
      path: "/api/v1/ws",
      localAddress: address,
      agent: false,
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      },
    });
    sent.on("error", reject);
    sent.on("upgrade", ({ headers: given }, socket: Socket) => {
      socket.on("error", () => {});
      socket.resume();
      resolve({ status: 101, headers: given, code: null, socket });
    });
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => {
        const { error } = JSON.parse(text) as { error: { code: string } };
        resolve({ status: response.statusCode ?? 0, headers: response.headers, code: error.code, socket: null });
      });
    });
    sent.end();
  });
  return within(answer, `the answer to an upgrade from ${address}`);
}
