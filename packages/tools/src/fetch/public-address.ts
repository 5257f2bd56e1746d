import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

const GLOBAL_V6: [ipaddr.IPv6, number] = ipaddr.IPv6.parseCIDR("2000::/3");
const DOCUMENTATION_V6: [ipaddr.IPv6, number] = ipaddr.IPv6.parseCIDR("3fff::/20");

/** Lies in public space and answers machines of Azure alone, with their secrets. */
const AZURE_WIRE_SERVER = "168.63.129.16";

/**
 * Whether an address belongs to the public internet: none of this host, a private or shared net, a link, a group, a
 * test, and no IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4, Teredo). Anything that is no address is not.
 */
export function isPublicAddress(address: string): boolean {
  const kind = isIP(address);
  if (kind === 0 || address.includes("%") || address === AZURE_WIRE_SERVER) return false;
  if (kind === 4) return ipaddr.IPv4.parse(address).range() === "unicast";
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.range() === "unicast" && parsed.match(GLOBAL_V6) && !parsed.match(DOCUMENTATION_V6);
}
