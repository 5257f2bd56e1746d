import type { IncomingMessage } from "node:http";

/** Why a request is refused before anything looks at it. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const MUTATING = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/**
 * What a browser on another page, or a name that was rebound to this address, must not get past. Without a sign-in
 * these checks are the door: exact `Host` and `Origin`, no cross-site request that changes anything.
 */
export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #proxied: ReadonlySet<string>;

  /** @param port the port that is listened on @param hosts names that a proxy in front is reached by */
  constructor(port: number, hosts: readonly string[]) {
    this.#hosts = new Set(["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`).concat(hosts));
    this.#proxied = new Set(hosts);
  }

  /** Null for a request that may go on. */
  check(request: IncomingMessage): Refusal | null {
    const { headers, method = "GET", url = "" } = request;
    if (!url.startsWith("/")) return refuse(400, "bad_request", "The request target must be a path.");
    if (headerCount(request, "host") !== 1 || headers.host === "") {
      return refuse(400, "bad_request", "Exactly one Host header is needed.");
    }
    if (!this.#hosts.has((headers.host ?? "").toLowerCase())) {
      return refuse(421, "misdirected", "This host name is not served here.");
    }
    if (headers.origin !== undefined && !this.#isOwnOrigin(headers.origin)) {
      return refuse(403, "forbidden", "Requests from other origins are refused.");
    }
    if (MUTATING.has(method) && !isSameSite(headers["sec-fetch-site"])) {
      return refuse(403, "forbidden", "Cross-site requests are refused.");
    }
    if (/[?&](token|access_token|api_key)=/i.test(url)) {
      return refuse(400, "token_in_url", "A token must not be in the address.");
    }
    return null;
  }

  #isOwnOrigin(origin: string): boolean {
    if (!URL.canParse(origin)) return false;
    const { protocol, host, origin: exact } = new URL(origin);
    const scheme = protocol === "http:" || (protocol === "https:" && this.#proxied.has(host));
    return scheme && exact === origin && this.#hosts.has(host);
  }
}

const refuse = (status: number, code: string, message: string): Refusal => ({ status, code, message });

function isSameSite(site: string | string[] | undefined): boolean {
  return site === undefined || site === "same-origin" || site === "none";
}

function headerCount(request: IncomingMessage, name: string): number {
  return request.rawHeaders.filter((header, index) => index % 2 === 0 && header.toLowerCase() === name).length;
}
