import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";

interface Pair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

export interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Partial<JWTHeaderParameters>;
  /** Instead of the issuer's own. */
  readonly key?: CryptoKey | Uint8Array;
  /** Seconds from now. */
  readonly lives_s?: number;
}

export const AUDIENCE = "millrace";

/** An OpenID Connect issuer on loopback: a discovery document, keys, and tokens of every kind, right and wrong. */
export class OidcIssuer implements AsyncDisposable {
  readonly url: string;
  /** What is asked for, in order. */
  readonly asked: string[] = [];
  /** The keys that are published; a test may change them. */
  readonly published: JWK[] = [];
  readonly #server: Server;
  readonly #rsa: Pair;

  private constructor(server: Server, url: string, rsa: Pair) {
    this.#server = server;
    this.url = url;
    this.#rsa = rsa;
  }

  static async start(): Promise<OidcIssuer> {
    const rsa = await generateKeyPair("RS256", { extractable: true });
    const server = createServer((request, response) => {
      issuer.asked.push(request.url ?? "");
      const documents: Record<string, unknown> = {
        "/.well-known/openid-configuration": { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` },
        "/keys": { keys: issuer.published },
      };
      const document = documents[request.url ?? ""];
      response.writeHead(document === undefined ? 404 : 200, { "Content-Type": "application/json" });
      response.end(JSON.stringify(document ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const issuer = new OidcIssuer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, rsa);
    issuer.published.push({ ...(await exportJWK(rsa.publicKey)), kid: "rsa", alg: "RS256", use: "sig" });
    return issuer;
  }

  get env(): { OIDC_ISSUER: string; OIDC_AUDIENCE: string } {
    return { OIDC_ISSUER: this.url, OIDC_AUDIENCE: AUDIENCE };
  }

  userId(sub: string): string {
    return `${this.url}#${sub}`;
  }

  /** The public key as text: what a careless verifier takes for an HMAC secret. */
  publicText(): Promise<string> {
    return exportSPKI(this.#rsa.publicKey);
  }

  token(
    sub: string,
    { claims = {}, header = {}, key = this.#rsa.privateKey, lives_s = 60 }: TokenOptions = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const payload = { iss: this.url, aud: AUDIENCE, sub, iat: now, exp: now + lives_s, ...claims };
    const kept = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
    const complete = { alg: "RS256", kid: "rsa", typ: "at+jwt", ...header } as JWTHeaderParameters;
    return new SignJWT(kept).setProtectedHeader(complete).sign(key);
  }

  /** A token that nobody signed. */
  async unsigned(sub: string): Promise<string> {
    const [, payload] = (await this.token(sub)).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
    return `${header}.${payload}.`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
