/**
 * Programs of which a command line does not tell what they do: they run other commands, or code that stands in their
 * arguments, or change what the rest of the line means. A call with one of them is always asked for.
 */
const UNSURE_PROGRAMS: ReadonlySet<string> = new Set(
  [
    // Words of the shell itself.
    "if then else elif fi for while until do done case esac in function select coproc time",
    ". source eval exec command builtin enable trap alias unalias set shopt export declare typeset local readonly unset",
    "let read mapfile readarray hash bind complete compgen caller wait fg bg disown jobs kill exit return break continue",
    "test cd pushd popd dirs umask ulimit fc getopts",
    // Shells, and what runs a command that it is given.
    "sh bash dash zsh ksh mksh fish csh tcsh ash rbash busybox toybox pwsh",
    "env xargs sudo su doas pkexec runuser nohup timeout nice ionice chrt taskset numactl setsid setpriv stdbuf unbuffer",
    "watch parallel entr script scriptreplay flock chroot unshare nsenter bwrap firejail systemd-run at batch crontab",
    "strace ltrace gdb lldb perf valgrind prlimit fakeroot faketime catchsegv rlwrap expect screen tmux dbus-run-session",
    "ssh scp sftp rsync telnet nc ncat netcat socat docker podman kubectl run-parts start-stop-daemon ld.so torsocks",
    "hyperfine direnv mise asdf nix nix-shell npx pnpx bunx uvx pipx open xdg-open apt apt-get dpkg rpm yum dnf",
    // Programs in their arguments.
    "awk gawk mawk nawk sed gsed ed ex vi vim view nvim emacs nano less more most man info dc bc m4 jshell tclsh wish",
    "osascript sqlite3 psql mysql mongosh gnuplot",
  ]
    .join(" ")
    .split(" "),
);

/** They run the file that is their first argument; without one they read code from elsewhere. */
const INTERPRETERS = /^(python|pypy|ipython|node|nodejs|deno|bun|tsx|ts-node|perl|ruby|php|lua|luajit|Rscript)[0-9.]*$/;

/** Options that make a harmless program run or write something; long ones also where they are shortened. */
const UNSURE_OPTIONS: Readonly<Record<string, { readonly long: readonly string[]; readonly short?: string }>> = {
  git: {
    long: words("output ext-diff textconv open-files-in-pager upload-pack receive-pack exec config extcmd template"),
    short: "Ocxou",
  },
  fd: { long: words("exec exec-batch"), short: "xX" },
  fdfind: { long: words("exec exec-batch"), short: "xX" },
  rg: { long: words("pre hostname-bin search-zip"), short: "z" },
  sort: { long: words("output compress-program files0-from"), short: "oT" },
  tar: {
    long: words(
      "to-command checkpoint-action use-compress-program rsh-command info-script new-volume-script rmt-command",
    ),
    short: "IF",
  },
  zip: { long: words("unzip-command"), short: "T" },
  tree: { long: [], short: "oR" },
  date: { long: words("set"), short: "s" },
  file: { long: words("compile"), short: "C" },
  curl: { long: words("output remote-name config upload-file dump-header cookie-jar trace libcurl"), short: "oOKTDc" },
  wget: { long: words("use-askpass execute config output-document post-file body-file"), short: "eO" },
  make: { long: words("eval file makefile directory include-dir"), short: "fCIE" },
  go: { long: words("exec toolexec vettool overlay modfile") },
  cargo: { long: words("config") },
  npm: { long: words("script-shell prefix node-options call userconfig globalconfig"), short: "cC" },
  yarn: { long: words("cwd use-yarnrc") },
  pnpm: { long: words("dir script-shell"), short: "C" },
  pytest: { long: words("override-ini rootdir confcutdir"), short: "pco" },
  printf: { long: [], short: "v" },
};

const FIND_ACTIONS = /^-(exec|execdir|ok|okdir|delete|fprint0?|fprintf|fls|files0-from)$/;

/** What git does is decided by its configuration and its other commands. */
const GIT_COMMANDS =
  /^(config|bisect|submodule|difftool|mergetool|filter-branch|rebase|hook|maintenance|daemon|send-email|credential.*|remote-.*|p4|svn|cvs.*|shell|instaweb|web--browse|citool|gui|worktree|for-each-repo)$/;

/** Package managers that run any program they are given. */
const RUNNERS = /^(npm|pnpm|yarn|bun|deno|cargo|go|uv|poetry|pipenv|bundle|mix|dotnet|gradle|mvn)$/;
const RUN_COMMANDS = /^(exec|x|dlx|create|init|explore|config|set|eval|shell)$/;

/** Whether a simple command, split into words, may do what its words do not tell. */
export function isUnsure([name = "", ...args]: readonly string[]): boolean {
  if (!/^(\.\/|\/)?[A-Za-z0-9_@+.-]+(\/[A-Za-z0-9_@+.-]+)*$/.test(name)) return true;
  if (name.startsWith("-") || name.split("/").includes("..")) return true;
  const program = name.slice(name.lastIndexOf("/") + 1);
  if (UNSURE_PROGRAMS.has(program) || /^(ld-|git-)/.test(program)) return true;
  if (INTERPRETERS.test(program)) return !runsFile(args);
  if (program === "git" && !isPlainGit(args)) return true;
  if (program === "find" && args.some((arg) => FIND_ACTIONS.test(arg))) return true;
  if (RUNNERS.test(program) && RUN_COMMANDS.test(args.find((arg) => !arg.startsWith("-")) ?? "")) return true;
  if (program === "make" && args.some((arg) => arg.includes("="))) return true;
  // tar takes its first letters without a dash too.
  if (program === "tar" && /^[^-]*[IF]/.test(args[0] ?? "")) return true;
  const unsure = Object.hasOwn(UNSURE_OPTIONS, program) ? UNSURE_OPTIONS[program] : undefined;
  return unsure !== undefined && args.some((arg) => isOption(arg, unsure.long, unsure.short ?? ""));
}

function runsFile(args: readonly string[]): boolean {
  const [first] = args;
  if (args.length === 1 && (first === "--version" || first === "-V" || first === "-v")) return true;
  // `deno run`, `bun x` and `python -m` name no file.
  return first !== undefined && !first.startsWith("-") && /[./]/.test(first) && !first.split("/").includes("..");
}

function isPlainGit([command, ...args]: readonly string[]): boolean {
  if (command === undefined) return true;
  if (command === "--version") return args.length === 0;
  // Options before the command choose another repository or configuration; others' commands are found in the PATH.
  return /^[a-z][a-z-]*$/.test(command) && !GIT_COMMANDS.test(command) && !args.includes("foreach");
}

function isOption(arg: string, long: readonly string[], short: string): boolean {
  if (/^-{1,2}[A-Za-z]/.test(arg)) {
    const name = arg.replace(/^-+/, "").split("=")[0] ?? "";
    if ((arg.startsWith("--") || name.length > 2) && long.some((each) => each.startsWith(name))) return true;
  }
  // The letters may stand in a row, the value may follow at once.
  return /^-[^-]/.test(arg) && [...arg.slice(1)].some((letter) => short.includes(letter));
}

function words(text: string): string[] {
  return text.split(" ");
}
