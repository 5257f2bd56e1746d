import { createServer, type IncomingMessage, type RequestListener, request, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { FrameReader, frameBytes, TEXT } from "../src/verify/socket-frames.ts";

/** `steady`: the first socket that subscribed. `sender`: one whose message makes a session. `socket`: any other one. */
export type Door = "steady" | "sender" | "socket" | "sse";

/** One frame of a WebSocket, or one message of an event stream, on its way to the reader: what he gets instead. */
export type Tamper = (text: string, door: Door) => readonly string[];

/** PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Passes everything on to a gateway, and tampers with what the gateway says. */
export class TamperingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: string;
  readonly #scheme: "http" | "https";
  readonly #sockets = new Set<Duplex>();
  #steady: Duplex | null = null;
  #tamper: Tamper = (text) => [text];

  private constructor(target: string, tls: Certificate | null) {
    this.#target = target;
    this.#scheme = tls === null ? "http" : "https";
    const listener: RequestListener = (incoming, outgoing) => {
      const forward = this.#forward(incoming);
      forward.on("response", (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        outgoing.on("close", () => answer.destroy());
        if (answer.headers["content-type"]?.startsWith("text/event-stream") !== true) return void answer.pipe(outgoing);
        let held = "";
        answer.setEncoding("utf8").on("data", (text: string) => {
          const messages = (held + text).split("\n\n");
          held = messages.pop() ?? "";
          for (const message of messages)
            for (const instead of this.#tamper(message, "sse")) outgoing.write(`${instead}\n\n`);
        });
        answer.on("close", () => (answer.complete ? outgoing.end() : outgoing.destroy()));
      });
      forward.on("error", () => outgoing.destroy());
      incoming.pipe(forward);
    };
    this.#server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
    this.#server.on("upgrade", (incoming, socket, head) => this.#upgrade(incoming, socket, head));
  }

  /** @param tls what it is reached with over https and wss; what is behind it stays http */
  static async start(target: string, tls: Certificate | null = null): Promise<TamperingProxy> {
    const proxy = new TamperingProxy(target, tls);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** From now on, and the next socket that subscribes is the steady one. */
  set tamper(tamper: Tamper) {
    this.#tamper = tamper;
    this.#steady = null;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward({ method, url, headers }: IncomingMessage) {
    const address = new URL(url ?? "/", this.#target);
    return request(address, { method, headers: { ...headers, host: address.host }, agent: false });
  }

  #upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
    const forward = this.#forward(incoming);
    forward.on("error", () => client.destroy());
    forward.on("upgrade", (answer, upstream, first) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => {});
        one.on("end", () => other.end());
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
      }
      const [down, up] = [new FrameReader(), new FrameReader()];
      let makes = false;
      const pass = (bytes: Buffer): void => {
        for (const frame of down.read(bytes)) {
          const door = this.#steady === client ? "steady" : makes ? "sender" : "socket";
          const texts = frame.opcode === TEXT ? this.#tamper(frame.payload.toString(), door) : null;
          const frames = texts?.map((text) => ({ opcode: TEXT, payload: Buffer.from(text) })) ?? [frame];
          for (const instead of frames) client.write(frameBytes(instead, false));
        }
      };
      const note = (bytes: Buffer): void => {
        upstream.write(bytes);
        for (const { payload } of up.read(bytes)) {
          if (payload.includes('"subscribe"')) this.#steady ??= client;
          makes ||= payload.includes('"type":"send"') && !payload.includes('"session_id"');
        }
      };
      note(head);
      pass(first);
      client.on("data", note);
      upstream.on("data", pass);
    });
    forward.end();
  }
}
