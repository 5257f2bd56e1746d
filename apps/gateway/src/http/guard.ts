import type { IncomingMessage } from "node:http";
import { isLoopback, plain } from "../auth/address.ts";

/** Why a request is refused before anything looks at it. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Names of query parameters that carry a token where somebody follows another service's habits. */
const TOKEN_NAMES =
  /^(?:x[_-])?(?:(?:access|api|auth|bearer|id|refresh)?[_-]?(?:token|key|jwt)|auth|authorization|bearer)(?:\[.*)?$/i;

/** What it says is what is looked for: a fragment, or what an URL's parser would trim or turn, is no part of a path. */
const TARGET = /^\/[!"$->@-[\]-~]*(?:\?[^#]*)?$/;

const MUTATING = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/**
 * What a browser on another page, or a name that was rebound to this address, must not get past. Without a sign-in
 * these checks are the door: exact `Host` and `Origin`, no cross-site request that changes anything.
 */
export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #port: number;
  readonly #isPublic: boolean;

  /**
   * @param port the port that is listened on @param hosts names that a proxy in front is reached by
   * @param host what is listened on; off loopback whatever address a request really came to counts too
   */
  constructor(port: number, hosts: readonly string[], host = "127.0.0.1") {
    this.#isPublic = !isLoopback(host);
    const own = ["127.0.0.1", "localhost", "[::1]", inUrl(host)].map((name) => `${name}:${port}`.toLowerCase());
    const plainly = [...own, ...hosts].map((name) => written("http", name));
    const securely = hosts.map((name) => written("https", name));
    this.#hosts = new Set([...own, ...hosts, ...plainly, ...securely]);
    this.#origins = new Set([...plainly.map((name) => `http://${name}`), ...securely.map((name) => `https://${name}`)]);
    this.#port = port;
  }

  /** Null for a request that may go on. */
  check(request: IncomingMessage): Refusal | null {
    const { headers, method = "GET", url = "" } = request;
    if (!TARGET.test(url)) return refuse(400, "bad_request", "The request target must be a path.");
    if (headerCount(request, "host") !== 1 || headers.host === "") {
      return refuse(400, "bad_request", "Exactly one Host header is needed.");
    }
    const host = (headers.host ?? "").toLowerCase();
    if (!this.#hosts.has(host) && !this.#wasReachedAt(request, host)) {
      return refuse(421, "misdirected", "This host name is not served here: MILLRACE_HOSTS names those that are.");
    }
    if (headers.origin !== undefined && !this.#isOwnOrigin(headers.origin, host)) {
      return refuse(403, "forbidden", "Requests from other origins are refused.");
    }
    if (MUTATING.has(method) && !isSameSite(headers["sec-fetch-site"])) {
      return refuse(403, "forbidden", "Cross-site requests are refused.");
    }
    if (namesToken(url)) {
      return refuse(400, "token_in_url", "A token must not be in the address.");
    }
    return null;
  }

  /** An address as a name cannot be made to point elsewhere. */
  #wasReachedAt({ socket }: IncomingMessage, host: string): boolean {
    if (!this.#isPublic) return false;
    const address = `${inUrl(plain(socket.localAddress ?? ""))}:${this.#port}`;
    return host === address || host === written("http", address);
  }

  #isOwnOrigin(origin: string, reached: string): boolean {
    return this.#origins.has(origin) || (!this.#hosts.has(reached) && origin === `http://${written("http", reached)}`);
  }
}

/** A host with its port as clients write it: without the port that its scheme has by itself. */
function written(scheme: "http" | "https", host: string): string {
  return host.replace(scheme === "http" ? /:80$/ : /:443$/, "");
}

const inUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

function namesToken(url: string): boolean {
  const start = url.indexOf("?");
  return start !== -1 && [...new URLSearchParams(url.slice(start)).keys()].some((name) => TOKEN_NAMES.test(name));
}

const refuse = (status: number, code: string, message: string): Refusal => ({ status, code, message });

function isSameSite(site: string | string[] | undefined): boolean {
  return site === undefined || site === "same-origin" || site === "none";
}

function headerCount(request: IncomingMessage, name: string): number {
  return request.rawHeaders.filter((header, index) => index % 2 === 0 && header.toLowerCase() === name).length;
}
