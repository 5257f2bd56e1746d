import { isIP } from "node:net";
import { SettingsError } from "../settings-error.ts";
import { isLoopback } from "./address.ts";

/** Who is let in. */
export interface AuthSettings {
  /** The gateway's own token: whoever has it is the owner. */
  readonly token: string | null;
  /** Lets its holder see what the owner has, and change nothing. */
  readonly read_token: string | null;
  readonly oidc: OidcSettings | null;
}

export interface OidcSettings {
  /** Exactly what the tokens' `iss` says; its discovery document is below it. */
  readonly issuer: string;
  readonly audience: string;
}

const VISIBLE_ASCII = /^[\x21-\x7e]{1,4096}$/;

/** Null: local mode, in which the address that is listened on is the door. @throws SettingsError */
export function readAuth(env: (name: string) => string | undefined, host: string): AuthSettings | null {
  const token = readToken(env, "MILLRACE_TOKEN");
  const read_token = readToken(env, "MILLRACE_READ_TOKEN");
  const oidc = readOidc(env);
  if (read_token !== null && token === null)
    throw new SettingsError("MILLRACE_READ_TOKEN is set, but not MILLRACE_TOKEN.");
  if (read_token !== null && read_token === token)
    throw new SettingsError("MILLRACE_READ_TOKEN is the same as MILLRACE_TOKEN: it would allow everything.");
  if (oidc !== null && [token, read_token].some((text) => text !== null && isJwt(text)))
    throw new SettingsError("MILLRACE_TOKEN looks like a JWT, which cannot be told from those of OIDC_ISSUER.");
  const auth = token === null && oidc === null ? null : { token, read_token, oidc };
  if (auth === null && !isLoopback(host)) {
    throw new SettingsError(
      `HOST=${host} would be reachable from other machines without a sign-in. Use 127.0.0.1, or set MILLRACE_TOKEN or OIDC_ISSUER.`,
    );
  }
  if (isIP(host) === 0 && !/^[a-z0-9.-]{1,253}$/i.test(host))
    throw new SettingsError("HOST is neither an address nor a name.");
  return auth;
}

/** Three parts with dots between: the only form in which a token of an issuer is looked at. */
export function isJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}

function readToken(env: (name: string) => string | undefined, name: string): string | null {
  const token = env(name) ?? null;
  if (token !== null && !VISIBLE_ASCII.test(token))
    throw new SettingsError(`${name} has characters that no Authorization header can carry.`);
  return token;
}

function readOidc(env: (name: string) => string | undefined): OidcSettings | null {
  const issuer = env("OIDC_ISSUER");
  const audience = env("OIDC_AUDIENCE");
  if (issuer === undefined && audience === undefined) return null;
  if (issuer === undefined) throw new SettingsError("OIDC_AUDIENCE is set, but not OIDC_ISSUER.");
  if (audience === undefined)
    throw new SettingsError("OIDC_ISSUER is set, but not OIDC_AUDIENCE: tokens for other services would be accepted.");
  if (!isTrustworthy(issuer))
    throw new SettingsError("OIDC_ISSUER is not an https address (http is accepted on this machine only).");
  return { issuer, audience };
}

/** Whether what comes from there came from there. */
export function isTrustworthy(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}
