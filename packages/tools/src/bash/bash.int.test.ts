import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { ToolContext } from "@millrace/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BashToolOptions, bashTool } from "./bash-tool.ts";
import { bubblewrap } from "./bubblewrap.ts";
import type { Sandbox } from "./sandbox.ts";

const sandbox = bubblewrap();
const state = await sandbox.available();
const skipped = state.ok ? "" : `skipped: bubblewrap is not installed, or does not run here. ${state.why}`;
if (!state.ok) process.stderr.write(`The escape suite of bash was ${skipped}\n`);
const hasPerl = existsSync("/usr/bin/perl");
const known = { available: async () => state };
const noSandbox: Sandbox = { ...sandbox, available: async () => ({ ok: false, why: "There is none in this test." }) };

const SECRET = "canary-4f1d";
const MARK = "4711.4242";

let base: string;
let workspace: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "millrace-bash-")));
  workspace = join(base, "workspace");
  mkdirSync(workspace);
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function put(path: string, content: string): void {
  const file = join(workspace, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, content);
}

interface Ran {
  readonly text: string;
  readonly code: number;
  readonly truncated: boolean;
  readonly shown: string;
}

type Options = Partial<BashToolOptions> & { readonly timeout?: number; readonly signal?: AbortSignal };

/** Runs a command as the agent would. */
async function run(command: string, { timeout, signal, ...options }: Options = {}): Promise<Ran> {
  const tool = bashTool({ workspace, sandbox, ...options });
  let shown = "";
  const context: ToolContext = {
    signal: signal ?? new AbortController().signal,
    tool_call_id: "c1",
    output: (text) => {
      shown += text;
    },
    ask: () => Promise.reject(new Error("Nobody can be asked.")),
    delegate: () => Promise.reject(new Error("There is no other agent.")),
  };
  const { content, truncated } = await tool.execute(tool.parameters.parse({ command, timeout }), context);
  const code = Number(/\[exit code (\d+)/.exec(content)?.[1]);
  return { text: content, code, truncated: truncated === true, shown };
}

/** Processes of this machine that have the text among their arguments. */
function processesWith(text: string): number[] {
  const isOne = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(text);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isOne(name))
    .map(Number);
}

async function listen(server: Server, where: string | { port: number; host: string }): Promise<void> {
  await new Promise<void>((resolve) => server.listen(where, resolve));
}

describe.skipIf(!state.ok)(state.ok ? "bash in the sandbox" : skipped, () => {
  describe("runs", () => {
    it("in the workspace, which is all that a call leaves behind", async () => {
      put("a.txt", "one\n");
      const first = await run("cat a.txt; echo two > b.txt; echo three > ~/c; echo four > /tmp/d; pwd; cat ~/c /tmp/d");
      expect(first).toMatchObject({ text: `one\n${workspace}\nthree\nfour\n[exit code 0]`, truncated: false });
      expect(readFileSync(join(workspace, "b.txt"), "utf8")).toBe("two\n");
      expect((await run("cat ~/c /tmp/d")).code).toBe(1);
    });

    it("shows output while it runs, without terminal control, and both streams", async () => {
      const { shown, text } = await run(String.raw`printf '\033[31mred\033[0m\r\n'; echo err >&2; printf 'a\0b\n'`);
      expect(shown).toContain("red\n");
      expect(text).toContain("err\n");
      expect(text).toContain("ab\n");
    });

    it("tells how it ended (F83)", async () => {
      expect(await run("exit 3")).toMatchObject({ text: "[exit code 3]" });
      expect((await run("kill -SEGV $$")).text).toBe("[exit code 139, SIGSEGV]");
      expect((await run("sh -c 'kill -9 $$'; exit $?")).code).toBe(137);
      expect((await run("syntax ( error")).code).toBe(2);
      expect((await run("no-such-program")).code).toBe(127);
    });

    it("shows a line of 1 MiB cut, and no text as replacement characters (F83)", async () => {
      const long = await run("head -c 1048576 /dev/zero | tr '\\0' x");
      expect(long.truncated).toBe(true);
      expect(long.text.length).toBeLessThan(31_000);
      expect((await run(String.raw`printf '\xff\xfeok\xc3'`)).text).toBe("��ok�\n[exit code 0]");
    });

    it("has no input to wait for", async () => {
      expect((await run("cat; read -r x; echo done", { timeout: 10 })).text).toBe("done\n[exit code 0]");
    });

    it("programs as somebody who is not root, with a home and a name", async () => {
      const { text } = await run("id -u; whoami; git --version >/dev/null 2>&1; echo $HOME");
      expect(text).toMatch(/^[1-9]\d*\nuser\n\/home\/sandbox\n/);
    });

    it("which the kernel ends before the server where memory runs out", async () => {
      expect((await run("cat /proc/self/oom_score_adj; nice")).text).toBe("1000\n10\n[exit code 0]");
    });

    it("several at a time", async () => {
      const all = await Promise.all([1, 2, 3, 4].map((each) => run(`echo ${each} > ${each}; sleep 0.1; cat ${each}`)));
      expect(all.map(({ text }) => text[0])).toEqual(["1", "2", "3", "4"]);
    });
  });

  describe("ends", () => {
    it("what never ends, at its timeout (F83)", async () => {
      const { text } = await run(`sleep ${MARK}`, { timeout: 1 });
      expect(text).toBe("[exit code 143, SIGTERM]\n[stopped: no end within 1 s]");
      expect(processesWith(MARK)).toEqual([]);
    });

    it("what ignores SIGTERM, and what closed its output, two seconds later (F83)", async () => {
      const { text } = await run(`trap '' TERM; exec >&- 2>&-; sleep ${MARK}; sleep ${MARK}`, { timeout: 1 });
      expect(text).toBe("[exit code 137, SIGKILL]\n[stopped: no end within 1 s]");
      expect(processesWith(MARK)).toEqual([]);
    });

    it("endless output, and keeps its beginning and its end (F83)", async () => {
      const { text, truncated } = await run("echo first; yes", { limits: { output_bytes: 1_000_000 } });
      expect(text).toMatch(/^first\ny\n.*left out.*\[stopped: more than 1000000 bytes of output\]$/s);
      expect(truncated).toBe(true);
      expect(text.length).toBeLessThan(31_000);
    });

    it("at the stop of a run (F32)", async () => {
      const stop = new AbortController();
      const running = run(`sleep ${MARK}`, { signal: stop.signal });
      while (processesWith(MARK).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      stop.abort();
      await expect(running).rejects.toThrow();
      expect(processesWith(MARK)).toEqual([]);
    });

    it("what is left in the background, at once (F84)", async () => {
      const started = performance.now();
      expect((await run(`sleep ${MARK} & echo started`)).text).toBe("started\n[exit code 0]");
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(processesWith(MARK)).toEqual([]);
    });

    it("daemons that left the session (F83, T20)", async () => {
      await run(`setsid -f sleep ${MARK}; (setsid nohup sleep ${MARK} >/dev/null 2>&1 &) ; sleep 0.1; echo x`);
      expect(processesWith(MARK)).toEqual([]);
    });

    it("a fork bomb (T20)", async () => {
      // It breathes between two generations, or it would starve the tests that run beside it.
      const { text, code } = await run(`:(){ sleep 0.05; :|:& };: ; sleep ${MARK}`, {
        limits: { processes: 60 },
        timeout: 5,
      });
      expect(code).toBeGreaterThan(0);
      // The kernel refuses it to everybody but root, of whom we count.
      if (process.getuid?.() === 0) expect(text).toContain("[stopped: more than 60 processes at a time]");
      expect(processesWith(MARK)).toEqual([]);
      expect((await run("echo alive")).code).toBe(0);
    });

    it.skipIf(!hasPerl)("what fills the memory or the disk", async () => {
      const limits = { memory: 64 * 1024 ** 2, file_size: 1024 ** 2 };
      const memory = await run("perl -e '$x = q(a) x 1e8; print length $x'", { limits });
      expect(memory.code).toBeGreaterThan(0);
      expect((await run("head -c 2000000 /dev/zero > big", { limits })).code).toBeGreaterThan(0);
      expect(lstatSync(join(workspace, "big")).size).toBeLessThanOrEqual(1024 ** 2);
      expect(
        (await run("for i in 1 2 3; do head -c 900000 /dev/zero > /tmp/$i || exit 9; done", { limits })).code,
      ).toBe(9);
    });
  });

  describe("fails, and lets the run go on,", () => {
    it("where the workspace is gone (F90)", async () => {
      rmSync(workspace, { recursive: true });
      await expect(run("ls")).rejects.toThrow("The workspace folder does not exist.");
    });

    it("where it goes away meanwhile (F90)", async () => {
      const running = run("touch here; while [ -e here ]; do sleep 0.05; done; echo x > y; echo $?", { timeout: 20 });
      while (!existsSync(join(workspace, "here"))) await new Promise((resolve) => setTimeout(resolve, 10));
      rmSync(workspace, { recursive: true });
      expect((await running).text).toContain("1\n[exit code 0]");
    });
  });

  describe("cannot write (T20)", () => {
    it("outside of the workspace", async () => {
      writeFileSync(join(base, "outside"), "before");
      const places = ["/", "/usr", "/usr/bin", "/etc", "/dev", "/proc/sys/kernel", "/var", "/root", "/sys"];
      for (const place of places) {
        expect((await run(`mkdir -p ${place} 2>/dev/null; touch ${place}/x`)).code, place).toBeGreaterThan(0);
      }
      await run(`mkdir -p ${base}; echo after > ${base}/outside; echo after > ../outside; ln -f ../outside hard`);
      expect(readFileSync(join(base, "outside"), "utf8")).toBe("before");
      expect(readdirSync(base).sort()).toEqual(["outside", "workspace"]);
    });

    it("settings of the kernel, also where the server is root", async () => {
      // Opened, not written: where this works it would change the machine.
      const files = "kernel/core_pattern kernel/hostname kernel/modprobe vm/drop_caches fs/file-max".split(" ");
      for (const file of files) expect((await run(`true 1<>/proc/sys/${file}`)).code, file).toBeGreaterThan(0);
      expect((await run("true 1<>/proc/sysrq-trigger")).code).toBeGreaterThan(0);
      expect((await run("[ -e /sys/kernel ] || [ -e /sys/fs ]")).code).toBe(1);
    });

    it("what other programs run unasked: hooks, settings of shells, editors and Millrace", async () => {
      const files = [".git/hooks/pre-commit", ".git/config", ".bashrc", ".vscode/tasks.json", "millrace.config.ts"];
      const all = [...files, "sub/.git/config", ".husky/pre-commit", "config/own.json"];
      for (const file of all) put(file, "before");
      const options = { protected_paths: ["config"] };
      for (const file of all) {
        const [top = ""] = file.split("/");
        expect((await run(`echo after > ${file}`, options)).code, file).toBeGreaterThan(0);
        await run(`rm -rf ${file}; mv ${file} x; echo after > new; mv -f new ${file}; ln -sf /tmp ${file}`, options);
        if (top !== "sub") await run(`mv ${top} y; rm -rf ${top}; mkdir -p ${file}/..; echo after > ${file}`, options);
        expect(readFileSync(join(workspace, file), "utf8"), file).toBe("before");
      }
      expect((await run("echo x > .git/hooks/post-commit; echo y > .git/commondir")).code).toBeGreaterThan(0);
      expect((await run("cat .git/config")).text).toBe("before\n[exit code 0]");
    });

    it("such things where there were none: they are put aside", async () => {
      symlinkSync("elsewhere", join(workspace, ".profile"));
      const ran = await run(
        "mkdir -p .git/hooks; echo x > .git/hooks/pre-commit; echo x > millrace.config.mjs; ln -sf /etc/passwd .bashrc;" +
          "rm .profile; echo x > .profile; echo x > own.json; echo x > fine",
        { protected_paths: ["own.json"] },
      );
      expect(ran.text).toContain("[.git is protected and cannot be made here: it was renamed.]");
      const names = readdirSync(workspace);
      for (const name of [".git", ".bashrc", ".profile", "millrace.config.mjs", "own.json"]) {
        expect(names).not.toContain(name);
        expect(names.filter((each) => each.startsWith("blocked-") && each.endsWith(name))).toHaveLength(1);
      }
      expect(names).toContain("fine");
      // What a person makes in the meantime in place of a mounted one stays.
      put(".zshrc", "before");
      const running = run("touch here; while [ -e here ]; do sleep 0.05; done", { timeout: 20 });
      while (!existsSync(join(workspace, "here"))) await new Promise((resolve) => setTimeout(resolve, 10));
      writeFileSync(join(base, "new"), "after");
      renameSync(join(base, "new"), join(workspace, ".zshrc"));
      rmSync(join(workspace, "here"));
      expect((await running).text).toBe("[exit code 0]");
      expect(readFileSync(join(workspace, ".zshrc"), "utf8")).toBe("after");
    });
  });

  describe("cannot read (T21)", () => {
    it("what lies outside of the workspace: homes, data, other projects", async () => {
      writeFileSync(join(base, "outside"), SECRET);
      const home = process.env.HOME ?? "/root";
      for (const path of [
        join(base, "outside"),
        home,
        "/root",
        "/etc/shadow",
        "/var",
        "/run",
        "/boot",
        "/srv",
        "/opt",
      ]) {
        const { text, code } = await run(`ls -A ${path} && cat ${path}`);
        expect(code, path).toBeGreaterThan(0);
        expect(text).not.toContain(SECRET);
      }
      expect((await run("ls -A ~ /home")).text).toBe("/home:\nsandbox\n\n/home/sandbox:\n[exit code 0]");
    });

    it("through links that lead out (T18)", async () => {
      writeFileSync(join(base, "outside"), SECRET);
      symlinkSync(join(base, "outside"), join(workspace, "link"));
      symlinkSync(base, join(workspace, "folder"));
      symlinkSync("/proc/1/root", join(workspace, "root"));
      const { text } = await run(
        `cat link; cat folder/outside; echo after > folder/new; cat root${base}/outside; ls root`,
      );
      expect(text).not.toContain(SECRET);
      expect(existsSync(join(base, "new"))).toBe(false);
      expect((await run(`echo after > link; cat ../outside`)).text).not.toContain(SECRET);
      expect(readFileSync(join(base, "outside"), "utf8")).toBe(SECRET);
    });

    it("secrets of the workspace, and the server's data in it", async () => {
      const files = [".env", ".env.local", "sub/deep/.env", ".ssh/id_rsa", "cert.pem", ".npmrc", "data/millrace.db"];
      for (const file of files) put(file, SECRET);
      symlinkSync(".env", join(workspace, "link"));
      const options = { data_dir: join(workspace, "data") };
      for (const file of [...files, "link"]) {
        const { text, code } = await run(`cat ${file}`, options);
        expect(code, file).toBeGreaterThan(0);
        expect(text).not.toContain(SECRET);
      }
      const more =
        "mv sub sub2; cat sub2/deep/.env; mv .env x; cat x; rm -f .env; cat .env; chmod -R 777 .ssh data; cat data/*";
      expect(
        (await run(`${more}; grep -rs canary . ; cp -r . /tmp/copy; grep -rs canary /tmp`, options)).text,
      ).not.toContain(SECRET);
    });

    it("the server's data by another name for it", async () => {
      put("real/millrace.db", SECRET);
      symlinkSync(join(workspace, "real"), join(base, "data"));
      const options = { data_dir: join(base, "data") };
      expect((await run("cat real/millrace.db", options)).text).not.toContain(SECRET);
    });

    it("the server's data where it lies in a folder that can be read", async () => {
      for (const path of ["tools/bin/own-tool", "tools/data/millrace.db"])
        put(`../${path}`, `#!/bin/sh\necho ${SECRET}\n`);
      chmodSync(join(base, "tools/bin/own-tool"), 0o755);
      symlinkSync(join(base, "tools"), join(base, "link"));
      const own = { readable_paths: [join(base, "link")], data_dir: join(base, "tools/data") };
      expect((await run(`${base}/tools/bin/own-tool; touch ${base}/tools/x`, own)).text).toContain(SECRET);
      expect(existsSync(join(base, "tools/x"))).toBe(false);
      expect((await run(`cat ${base}/tools/data/*`, own)).text).not.toContain(SECRET);
      const same = { readable_paths: [join(base, "tools/data")], data_dir: join(base, "tools/data") };
      expect((await run(`cat ${base}/tools/data/*`, same)).text).not.toContain(SECRET);
    });

    it("the server's environment", async () => {
      process.env.MILLRACE_CANARY = SECRET;
      try {
        const { text } = await run("env; cat /proc/*/environ /proc/self/task/*/environ | tr '\\0' '\\n'");
        expect(text).not.toContain(SECRET);
        expect(text).toContain("HOME=/home/sandbox");
        const names = (await run("env | cut -d= -f1 | sort")).text.split("\n").slice(0, -1);
        expect(names).toEqual(["HOME", "LANG", "PATH", "PWD", "SHLVL", "TERM", "_"]);
      } finally {
        delete process.env.MILLRACE_CANARY;
      }
    });

    it("a folder that was swapped for a link while the call began (T18)", async () => {
      const outside = join(base, "outside");
      mkdirSync(outside);
      writeFileSync(join(outside, "file"), SECRET);
      put(".git/file", "inside");
      const swapping = join(base, "bwrap");
      for (const swap of [`ln -s ${outside} .git`, "ln -s /usr .git", "mkdir .git; echo other > .git/file"]) {
        // After the server has looked at the workspace, before bubblewrap mounts it: as another call could.
        const script = `#!/bin/sh\ncd ${workspace}; mv .git "real-$$"; ${swap}\nexec bwrap "$@"\n`;
        writeFileSync(swapping, script, { mode: 0o755 });
        const { text, code } = await run("echo started; cat .git/file", {
          sandbox: { ...bubblewrap(swapping), ...known },
        });
        expect(code).toBeGreaterThan(0);
        expect(text).not.toContain(SECRET);
        expect(text).not.toContain("started");
        rmSync(join(workspace, ".git"), { recursive: true, force: true });
        put(".git/file", "inside");
      }
    });
  });

  describe("cannot reach (T20)", () => {
    it("other processes", async () => {
      const { text } = await run("ls /proc | grep -c '^[0-9]'; kill -9 -1; echo alive");
      expect(Number(text.split("\n")[0])).toBeLessThan(10);
      expect((await run(`kill -0 ${process.pid} && echo seen`)).text).not.toContain("seen");
    });

    it.skipIf(!hasPerl)("into them with ptrace, nor the kernel with what programs do not need", async () => {
      const [ptrace, keyctl, ring] = process.arch === "x64" ? [101, 250, 425] : [117, 219, 425];
      const call = (number: number, args: string) =>
        `perl -e '$r = syscall(${number}, ${args}); print "$r ", 0 + $!, "\\n"'`;
      expect((await run(call(ptrace, "16, 1, 0, 0"))).text).toMatch(/^-1 1\n/);
      expect((await run(call(keyctl, "0, -3, 0, 0"))).text).toMatch(/^-1 1\n/);
      expect((await run(call(ring, "1, 0"))).text).toMatch(/^-1 38\n/);
      // vsock knows no network namespaces; a socket of the usual kinds can be had.
      const family = (number: number) => `perl -e 'print socket(my $s, ${number}, 1, 0) ? "had" : 0 + $!, "\\n"'`;
      expect((await run(`${family(40)}; ${family(38)}; ${family(1)}; ${family(2)}`)).text).toMatch(
        /^97\n97\nhad\nhad\n/,
      );
    });

    it("more rights", async () => {
      const { text } = await run(
        "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t'; unshare -Ur id",
      );
      for (const name of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
        expect(text).toContain(`${name}:${"0".repeat(16)}`);
      expect(text).toMatch(/NoNewPrivs:1\nSeccomp:2/);
      expect(text).not.toContain("uid=0");
      expect((await run("mount -t tmpfs x /tmp || mount --bind / . ; ls -d usr")).code).toBeGreaterThan(0);
    });

    it("the network: this machine's loopback, its own address, outside", async () => {
      let connected = 0;
      const server = createServer((socket) => {
        connected += 1;
        socket.end("reached\n");
      });
      await listen(server, { port: 0, host: "0.0.0.0" });
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
      const hosts = ["127.0.0.1", ...own.filter(({ family }) => family === "IPv4").map((each) => each.address)];
      try {
        for (const host of new Set(hosts)) {
          const { text, code } = await run(`exec 3<>/dev/tcp/${host}/${port} && cat <&3`, { timeout: 10 });
          expect(code, host).toBeGreaterThan(0);
          expect(text).not.toContain("reached");
        }
        expect((await run("exec 3<>/dev/tcp/192.0.2.1/80", { timeout: 10 })).text).toMatch(/unreachable/);
        expect((await run("echo x > /dev/udp/192.0.2.1/53", { timeout: 10 })).code).toBeGreaterThan(0);
        expect(connected).toBe(0);
        const open = await run(`exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`, { timeout: 10, network: true });
        expect(open.text).toContain("reached");
      } finally {
        server.close();
      }
    });

    it.skipIf(!hasPerl)("sockets of the host, such as Docker's", async () => {
      expect((await run("ls /var/run/docker.sock /run/docker.sock /run")).code).toBeGreaterThan(0);
      const server = createServer((socket) => socket.end("reached\n"));
      await listen(server, join(base, "docker.sock"));
      const abstract = createServer((socket) => socket.end("reached\n"));
      await listen(abstract, `\0${base}`);
      const connect = (path: string) =>
        `perl -MSocket -e 'socket(S, 1, 1, 0); connect(S, pack_sockaddr_un(${path})) and print <S>'`;
      try {
        const { text } = await run(`${connect(`"${base}/docker.sock"`)}; ${connect(`"\\0${base}"`)}; echo end`);
        expect(text).toBe("end\n[exit code 0]");
      } finally {
        server.close();
        abstract.close();
      }
    });

    it("devices", async () => {
      const { text } = await run("find /dev -type b -o -type c | sort | tr '\\n' ' '; mknod x c 1 5 || echo refused");
      expect(text).toContain("refused");
      expect(text).not.toMatch(/\/dev\/(mem|kmem|sd|vd|nvme|loop|fuse|kvm|kmsg|dm)/);
    });
  });
});

describe.skipIf(!existsSync("/bin/bash"))("bash without a sandbox", () => {
  const host = { sandbox: noSandbox };

  it("runs, with an environment by allow-list, and leaves no home behind (T21)", async () => {
    process.env.MILLRACE_CANARY = SECRET;
    const { text } = await run("env; pwd; echo x > ~/y", host);
    delete process.env.MILLRACE_CANARY;
    expect(text).not.toContain(SECRET);
    expect(text).toContain(`${workspace}\n`);
    const home = /^HOME=(.*)$/m.exec(text)?.[1] ?? "";
    expect(home).toContain("millrace-bash-");
    await expect.poll(() => existsSync(home)).toBe(false);
  });

  it("tells how it ended (F83)", async () => {
    expect((await run("exit 3", host)).text).toBe("[exit code 3]");
    expect((await run("kill -9 $$", host)).text).toBe("[exit code 137, SIGKILL]");
  });

  it("gives the result a second after the exit, and ends what held the pipe (F84)", async () => {
    const started = performance.now();
    expect((await run(`sleep ${MARK} & echo started`, host)).text).toBe("started\n[exit code 0]");
    expect(performance.now() - started).toBeLessThan(5_000);
    await expect.poll(() => processesWith(MARK)).toEqual([]);
  });

  it("ends its whole group at the timeout, two seconds later by force (F83)", async () => {
    const { text } = await run(`sleep ${MARK} & sleep ${MARK}`, { ...host, timeout: 1 });
    expect(text).toContain("[stopped: no end within 1 s]");
    expect((await run(`trap '' TERM; sleep ${MARK}; sleep ${MARK}`, { ...host, timeout: 1 })).code).toBe(137);
    await expect.poll(() => processesWith(MARK)).toEqual([]);
  });

  it("fails where the workspace is gone (F90)", async () => {
    rmSync(workspace, { recursive: true });
    await expect(run("ls", host)).rejects.toThrow("The workspace folder does not exist.");
  });
});

describe("availability", () => {
  it("is found out by running something, with a reason where it fails", async () => {
    const fake = join(base, "bwrap");
    writeFileSync(fake, "#!/bin/sh\necho 'Creating new namespace failed: Operation not permitted' >&2\nexit 1\n", {
      mode: 0o755,
    });
    expect(await bubblewrap(fake).available()).toEqual({
      ok: false,
      why: expect.stringContaining("bash needs a sandbox (bubblewrap): it does not run on this machine. Creating new"),
    });
  });
});
