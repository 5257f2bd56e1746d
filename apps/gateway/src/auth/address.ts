import type { IncomingMessage } from "node:http";
import { isIP, isIPv6 } from "node:net";

/** The peer's address as the kernel knows it; what a header says about it is not believed. */
export function addressOf(request: IncomingMessage): string {
  return plain(request.socket.remoteAddress ?? "unknown");
}

/** What limits count by: an IPv6 network counts as one address, since whoever has one has all of it. */
export function limitKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  if (tail !== undefined) while (groups.length + after.length < 8) groups.push("0");
  return `${[...groups, ...after].slice(0, 4).join(":")}::/64`;
}

/** Whether nothing but this machine can reach a listener there. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/** An IPv4 address that came through an IPv6 listener, as IPv4. */
export function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, "").replace(/%.*$/, "");
}
