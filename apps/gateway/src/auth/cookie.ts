import type { IncomingMessage } from "node:http";
import { isLoopback } from "./address.ts";

/**
 * The sign-in's cookie on one port. Cookies are shared by all ports of a host, so its name carries the port. Off loopback
 * it is `Secure` and bound to its host by its name, so that no neighbouring domain can plant one.
 */
export class SignInCookie {
  readonly #port: () => number;

  /** @param port the port that is listened on, once it is */
  constructor(port: () => number) {
    this.#port = port;
  }

  /** Every value that was sent under the name that counts for that host. */
  read({ headers }: IncomingMessage): string[] {
    const wanted = `${this.#name(isLocal(headers.host))}=`;
    const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
    return pairs.filter((pair) => pair.startsWith(wanted)).map((pair) => pair.slice(wanted.length));
  }

  /** A `Set-Cookie` that keeps `id` for that long; null where it would travel in the clear to another machine. */
  set({ headers }: IncomingMessage, id: string, ms: number): string | null {
    const local = isLocal(headers.host);
    const https = headers.origin === undefined ? !local : headers.origin.startsWith("https:");
    if (!local && !https) return null;
    return this.#write(local, https, id, Math.ceil(ms / 1_000));
  }

  clear({ headers }: IncomingMessage): string {
    const local = isLocal(headers.host);
    return this.#write(local, !local, "", 0);
  }

  #name(local: boolean): string {
    return `${local ? "" : "__Host-"}millrace_${this.#port()}`;
  }

  #write(local: boolean, secure: boolean, value: string, seconds: number): string {
    const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
    return `${this.#name(local)}=${value}; ${attributes}`;
  }
}

/** The guard has compared the host with those that are served. */
function isLocal(host = ""): boolean {
  return isLoopback(host.replace(/:\d+$/, ""));
}
