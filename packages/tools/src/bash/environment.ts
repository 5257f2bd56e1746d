import { delimiter } from "node:path";

const SYSTEM_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * All that a command gets to see of the environment (T21): names by allow-list, and of the PATH only what it can reach.
 *
 * @param host the server's own environment
 * @param readable folders that can be reached besides the system's, or all of them
 */
export function commandEnvironment(
  host: Readonly<Record<string, string | undefined>>,
  home: string,
  readable: readonly string[] | "all",
): Record<string, string> {
  const isReadable = (folder: string): boolean =>
    folder.startsWith("/") &&
    (readable === "all" || readable.some((path) => folder === path || folder.startsWith(`${path}/`)));
  const own = (host.PATH ?? "").split(delimiter).filter(isReadable);
  return {
    PATH: [...new Set([...own, ...SYSTEM_PATH])].join(delimiter),
    HOME: home,
    LANG: host.LANG ?? "C.UTF-8",
    TERM: "dumb",
  };
}
