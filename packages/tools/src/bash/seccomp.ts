/** What a program in the sandbox has no use for and others have broken out with. Numbers: [x64, arm64]. */
const FORBIDDEN: Readonly<Record<string, readonly [number, number]>> = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  open_by_handle_at: [304, 265],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  acct: [163, 89],
  quotactl: [179, 60],
  syslog: [103, 116],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  ioperm: [173, 0xffff],
  iopl: [172, 0xffff],
};

/** Answered as if the kernel were too old, for which programs have another way. */
const UNKNOWN: readonly number[] = [425, 426, 427];

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: the others, such as vsock, may know nothing of network namespaces. */
const FAMILIES = [1, 2, 10, 16] as const;

/** Typing into the terminal: TIOCSTI, TIOCLINUX. */
const TERMINAL_INPUT = [0x5412, 0x541c] as const;

const ARCHITECTURES = {
  x64: { audit: 0xc000003e, column: 0, socket: 41, ioctl: 16 },
  arm64: { audit: 0xc00000b7, column: 1, socket: 198, ioctl: 29 },
} as const;

const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const NOT_PERMITTED = 0x00050001;
const NOT_KNOWN = 0x00050026;
const NO_SUCH_FAMILY = 0x00050061;

/** Offsets in the kernel's `seccomp_data`: the call's number, the architecture, the low halves of two arguments. */
const DATA = { number: 0, architecture: 4, first: 16, second: 24 } as const;

/**
 * A seccomp filter in the kernel's own form (`struct sock_filter[]`, little endian), for bubblewrap's `--seccomp`.
 * It forbids by name and lets through the rest: what holds the sandbox are its namespaces.
 *
 * @returns null for a processor whose numbers it does not know
 */
export function seccompFilter(processor: string): Buffer | null {
  if (processor !== "x64" && processor !== "arm64") return null;
  const { audit, column, socket, ioctl } = ARCHITECTURES[processor];
  const numbers = Object.values(FORBIDDEN).map((each) => each[column]);
  const terminal = [[LOAD, 0, 0, DATA.second], ...TERMINAL_INPUT.flatMap((request) => refuse(request, NOT_PERMITTED))];
  const instructions = [
    [LOAD, 0, 0, DATA.architecture],
    [JUMP_IF_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, NOT_PERMITTED],
    [LOAD, 0, 0, DATA.number],
    // x32 has its own numbers for the same calls.
    [JUMP_IF_AT_LEAST, 0, 1, 0x40000000],
    [RETURN, 0, 0, NOT_KNOWN],
    ...numbers.flatMap((number) => refuse(number, NOT_PERMITTED)),
    ...UNKNOWN.flatMap((number) => refuse(number, NOT_KNOWN)),
    [JUMP_IF_EQUAL, 0, FAMILIES.length + 2, socket],
    [LOAD, 0, 0, DATA.first],
    // To the end: what was loaded is no call's number any more.
    ...FAMILIES.map((family, at) => [JUMP_IF_EQUAL, FAMILIES.length - at + 1 + terminal.length, 0, family]),
    [RETURN, 0, 0, NO_SUCH_FAMILY],
    [JUMP_IF_EQUAL, 0, terminal.length, ioctl],
    ...terminal,
    [RETURN, 0, 0, ALLOW],
  ];
  const filter = Buffer.alloc(instructions.length * 8);
  for (const [at, [code = 0, then = 0, otherwise = 0, value = 0]] of instructions.entries()) {
    filter.writeUInt16LE(code, at * 8);
    filter.writeUInt8(then, at * 8 + 2);
    filter.writeUInt8(otherwise, at * 8 + 3);
    filter.writeUInt32LE(value, at * 8 + 4);
  }
  return filter;
}

function refuse(value: number, answer: number): number[][] {
  return [
    [JUMP_IF_EQUAL, 0, 1, value],
    [RETURN, 0, 0, answer],
  ];
}
