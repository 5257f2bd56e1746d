import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { matchesPattern } from "../permissions/pattern.ts";
import { isPublicAddress } from "./public-address.ts";

/** What may be fetched, and who says where names lead. */
export interface TargetRules {
  /** The only hosts, where `*` stands for any characters; every public one by default. */
  readonly hosts?: readonly string[] | undefined;
  /** The addresses of a host name; the system's by default. Rejects where there are none. */
  readonly resolve?: ((host: string) => Promise<readonly string[]>) | undefined;
  /** Addresses that are taken although they are not public; none by default. */
  readonly allow_address?: ((address: string) => boolean) | undefined;
  /** Ports besides 80 and 443. */
  readonly allow_ports?: readonly number[] | undefined;
}

const ADDRESS_LENGTH = 2048;

/** Why something cannot be fetched. The message is for the model and names no address that a name leads to. */
export class FetchRefused extends Error {
  override readonly name = "FetchRefused";
}

/**
 * An address as it will be fetched: without fragment, the host in its plain form (lower case, IDN in ASCII, numeric
 * IPv4 forms as four numbers, no dot at its end).
 *
 * @throws FetchRefused where it could not be fetched, wherever its name leads
 */
export function parseTarget(text: string, rules: TargetRules, base?: URL): URL {
  const { hosts, allow_address, allow_ports = [] } = rules;
  const url = text.length <= ADDRESS_LENGTH && URL.canParse(text, base?.href) ? new URL(text, base) : null;
  if (url === null)
    throw new FetchRefused("This is not a valid URL. Give a whole one, such as https://example.com/page.");
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new FetchRefused("Only http and https are fetched.");
  if (url.username !== "" || url.password !== "")
    throw new FetchRefused("A URL with a user name or password is refused.");
  const port = Number(url.port || (url.protocol === "http:" ? 80 : 443));
  if (port !== 80 && port !== 443 && !allow_ports.includes(port)) {
    throw new FetchRefused("Only ports 80 and 443 are fetched.");
  }
  url.hash = "";
  url.hostname = url.hostname.replace(/\.+$/, "");
  const host = bare(url.hostname);
  const isLocal = host === "localhost" || host.endsWith(".localhost");
  if (isLocal || (isIP(host) !== 0 && !isAllowed(host, allow_address))) throw notPublic(url);
  if (hosts !== undefined && !hosts.some((pattern) => matchesPattern(pattern.toLowerCase(), host) === true)) {
    throw new FetchRefused(
      `${host.slice(0, 200)} is not among the hosts that may be fetched here: whoever runs this server lists them in fetch_url.hosts of its configuration.`,
    );
  }
  return url;
}

/**
 * The addresses of a target, each of them checked; a connection must go to one of these and resolve nothing again.
 *
 * @throws FetchRefused where there are none, or a single one is not public
 */
export async function checkedAddresses(url: URL, rules: TargetRules): Promise<readonly string[]> {
  const host = bare(url.hostname);
  const found = isIP(host) === 0 ? await resolved(host, rules) : [host];
  if (found.length === 0) throw new FetchRefused(`There is no host ${host}.`);
  if (!found.every((address) => isAllowed(address, rules.allow_address))) throw notPublic(url);
  return found;
}

async function resolved(host: string, { resolve = systemResolve }: TargetRules): Promise<readonly string[]> {
  try {
    return await resolve(host);
  } catch {
    throw new FetchRefused(`There is no host ${host}.`);
  }
}

const systemResolve = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

const isAllowed = (address: string, allow: TargetRules["allow_address"]): boolean =>
  isPublicAddress(address) || allow?.(address) === true;

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, "");

const notPublic = (url: URL): FetchRefused =>
  new FetchRefused(`${url.hostname} does not lead to the public internet: it is not fetched.`);
