import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { posix } from "node:path";
import type { GuardedPath } from "./guarded-paths.ts";
import type { SpawnOptions } from "./sandbox.ts";

/** The command's home: empty, and gone with the command. */
export const SANDBOX_HOME = "/home/sandbox";

/** File descriptors that bubblewrap is given. */
export const DESCRIPTORS = { passwd: 3, group: 4, seccomp: 5, info: 6 } as const;

/** Of `/etc`, only what programs need to run; root's server could read all of it. */
const SETTINGS = [
  "ld.so.cache ld.so.conf ld.so.conf.d alternatives nsswitch.conf localtime timezone mime.types protocols services",
  "ssl/certs ssl/openssl.cnf pki/tls/certs pki/tls/openssl.cnf pki/ca-trust/extracted ca-certificates fonts",
].flatMap((line) => line.split(" "));

const NETWORK_SETTINGS = ["resolv.conf", "hosts", "gai.conf"];

const SYSTEM_FOLDERS = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/**
 * Runs before the command, in the sandbox: limits, and whether what is mounted is what was looked at, since a folder
 * may have become a link to somewhere else in between. As process 1 it ends everything else with it. The server comes
 * first where there is too little processor. 126: not run.
 */
const START = `
ulimit -c 0 -n 4096 -u "$2" -d "$3" -f "$4" || exit 126
if [ "$#" -gt 5 ]; then
  [ "$(stat -c %d:%i -- "\${@:6}" | tr '\\n' ' ')" = "$5" ] || { echo "The workspace changed meanwhile." >&2; exit 126; }
fi
exec 3>&2 2>/dev/null
nice -n 10 /bin/bash --noprofile --norc -c "$1" 2>&3 3>&-
exit "$?"`;

/** @param workspace real path */
export function bubblewrapArguments(
  command: string,
  workspace: string,
  guarded: readonly GuardedPath[],
  { readable_paths, network, limits }: Pick<SpawnOptions, "readable_paths" | "network" | "limits">,
): string[] {
  const size = String(limits.file_size);
  const settings = [...SETTINGS, ...(network ? NETWORK_SETTINGS : [])].map((name) => `/etc/${name}`);
  const fixed = guarded.filter((each) => each.as === "protected");
  return [
    "--unshare-user --unshare-all --disable-userns --die-with-parent --new-session --as-pid-1 --cap-drop ALL".split(
      " ",
    ),
    network ? ["--share-net"] : [],
    ["--uid", String(sandboxUser()), "--gid", String(sandboxUser()), "--hostname", "sandbox"],
    ["--ro-bind", "/usr", "/usr"],
    SYSTEM_FOLDERS.flatMap(systemFolder),
    settings.flatMap((path) => ["--ro-bind-try", path, path]),
    ["--file", String(DESCRIPTORS.passwd), "/etc/passwd", "--file", String(DESCRIPTORS.group), "/etc/group"],
    ["--proc", "/proc", "--dev", "/dev", "--size", size, "--perms", "1777", "--tmpfs", "/dev/shm"],
    ["--size", size, "--perms", "1777", "--tmpfs", "/tmp", "--size", size, "--tmpfs", SANDBOX_HOME],
    readable_paths.flatMap((path) => ["--ro-bind-try", path, path]),
    ["--bind", workspace, workspace],
    guarded.flatMap(mountOf),
    // A server that runs as root would own the kernel's settings in /proc/sys, with no capability needed.
    ["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"],
    ["--chdir", workspace, "--seccomp", String(DESCRIPTORS.seccomp), "--info-fd", String(DESCRIPTORS.info), "--"],
    ["/bin/bash", "--noprofile", "--norc", "-c", START, "bash", command, String(limits.processes)],
    [String(Math.ceil(limits.memory / 1024)), String(Math.ceil(limits.file_size / 1024))],
    [fixed.map(({ identity }) => `${identity} `).join(""), ...fixed.map(({ path }) => path)],
  ].flat();
}

/** Who the command is to itself: never root, which programs take for more than it is here. */
export function sandboxUser(): number {
  return process.getuid?.() || 1000;
}

function systemFolder(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!lstatSync(path).isSymbolicLink()) return ["--ro-bind", path, path];
  return ["--symlink", posix.relative("/", posix.resolve("/", readlinkSync(path))), path];
}

function mountOf({ path, kind, as }: GuardedPath): string[] {
  if (as === "protected") return ["--ro-bind", path, path];
  if (kind === "file") return ["--ro-bind", "/dev/null", path];
  return ["--perms", "0000", "--tmpfs", path, "--remount-ro", path];
}
