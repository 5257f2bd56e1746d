import { type Event, isTerminal } from "@millrace/protocol";
import { eventOf, type LogStore, type Row } from "@millrace/store";
import { type Fault, judge, LogLedger, ModelLedger, runLine, type WireLedger } from "../kit/oracle.ts";
import { seeded } from "../kit/random.ts";
import { LIMITS, SimGateway } from "./gateway.ts";
import { type LostWakes, loseWakes } from "./lost-wakes.ts";
import { Network, type Weather } from "./network.ts";
import { People } from "./people.ts";
import { expectedText } from "./script.ts";
import { Disk } from "./store.ts";
import { Tab, type Watching } from "./tab.ts";
import { SimTime } from "./time.ts";

/** What a history can be played with instead of the usual: how a mutation is put in from outside. */
export interface Wiring {
  /** Puts something between a gateway and its store. `crashed` is called when that gateway is killed. */
  readonly around?: (store: LogStore, disk: Disk, random: () => number) => LogStore;
  /** After a gateway was killed, before the next starts. */
  readonly crashed?: (disk: Disk, random: () => number) => Promise<void>;
  /** A restored store keeps its epochs. */
  readonly keepsEpochs?: boolean;
}

export interface Outcome {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly counts: Readonly<Record<string, number>>;
  readonly line: string;
}

/** Milliseconds of disturbance, and how long it may take after it until everything is quiet. */
const DISTURBED = 18_000;
const QUIET = 240_000;
/** Of the logs' silence until whoever is online must have all of it: longer than any frame travels. */
const STILL = 4_000;

/** Plays one seeded history to its end and judges it. */
export async function playHistory(seed: number, wiring: Wiring = {}): Promise<Outcome> {
  const history = new History(seed, wiring);
  return history.play();
}

/** What one history is troubled with. */
interface Troubles {
  /** How often the gateway dies, against other disturbances. */
  readonly deaths: number;
  readonly restores: boolean;
  readonly fills: boolean;
}

class History {
  readonly #seed: number;
  readonly #wiring: Wiring;
  readonly #random: () => number;
  readonly #time = new SimTime();
  readonly #disk = new Disk();
  readonly #network = new Network(this.#time);
  readonly #ledger = new ModelLedger(expectedText);
  readonly #wires: WireLedger[] = [];
  readonly #tabs: Tab[] = [];
  readonly #people: People;
  readonly #faults: Fault[] = [];
  readonly #most_sessions: number;
  readonly #messages: number;
  readonly #pace: number;
  readonly #latency: number;
  readonly #failing: number;
  readonly #weights: readonly (readonly [weight: number, act: () => void])[];
  readonly #wakes: LostWakes;
  #gateway: SimGateway;
  #life = 0;
  #down = false;
  #calm = false;
  /** Writes to the disk after which all sessions exist. */
  #founded = 0;
  #era = 0;
  #kills = 0;
  #drains = 0;
  #restores = 0;
  #fulls = 0;

  constructor(seed: number, wiring: Wiring) {
    this.#seed = seed;
    this.#wiring = wiring;
    const random = seeded(seed);
    this.#random = random;
    this.#most_sessions = 1 + Math.floor(random() * 3);
    this.#messages = 3 + Math.floor(random() * 9);
    this.#pace = 10 + 60 * random();
    this.#latency = random() < 0.2 ? 80 : 1 + 8 * random();
    this.#failing = random() < 0.3 ? 0.15 : 0;
    const tabs = 2 + Math.floor(random() * 3);
    for (let index = 0; index < tabs; index++) {
      const [network, wires] = [this.#network, this.#wires];
      const skew = random() < 0.3 ? (random() - 0.5) * 1_200_000 : 0;
      this.#tabs.push(new Tab({ name: `tab${index + 1}`, network, random, skew, weather: weather(random), wires }));
    }
    this.#people = new People({
      time: this.#time,
      random,
      ledger: this.#ledger,
      tabs: this.#tabs,
      era: () => this.#era,
      made: (session_id) => this.#made(session_id),
    });
    this.#weights = this.#actions({
      deaths: random() < 0.4 ? 3 : 0.6,
      restores: random() < 0.25,
      fills: random() < 0.2,
    });
    this.#wakes = loseWakes(random, random() < 0.15 ? 0.04 : 0);
    this.#gateway = this.#boot();
  }

  async play(): Promise<Outcome> {
    this.#people.say(null);
    this.#disturb();
    await this.#time.play(() => false, DISTURBED);
    this.#settle();
    if (!(await this.#untilQuiet())) this.#found("ENDS", "the sessions do not come to rest");
    if (!this.#wakes.lossy) this.#judgeLate(await this.#heads());
    this.#wakes.stop();
    await this.#time.play(() => false, LIMITS.heartbeat_ms + 4_000);
    const logs = await this.#logs();
    const viewers = this.#tabs.flatMap(({ watching }) =>
      watching.filter(({ open }) => open).map(({ session_id, ledger }) => ({ session_id, ledger })),
    );
    this.#faults.push(...judge({ logs, viewers, wires: this.#wires, model: this.#ledger }));
    for (const tab of this.#tabs) tab.client.close();
    this.#gateway.kill();
    return this.#outcome(logs);
  }

  #outcome(logs: readonly LogLedger[]): Outcome {
    const events = logs.flatMap((log): readonly Event[] => log.events);
    const counts = {
      frames: this.#wires.reduce((sum, wire) => sum + wire.frames, 0),
      disconnects: this.#network.cuts,
      "kill -9": this.#kills,
      drains: this.#drains,
      restores: this.#restores,
      "full disks": this.#fulls,
      messages: this.#people.sent,
      runs: events.filter(isTerminal).length,
    };
    const faults = this.#faults;
    return { seed: this.#seed, faults, counts, line: runLine(this.#seed, counts, faults) };
  }

  #found(verdict: Fault["verdict"], message: string): void {
    this.#faults.push({ verdict, message });
  }

  #boot(): SimGateway {
    const { around } = this.#wiring;
    const gateway = new SimGateway({
      time: this.#time,
      random: this.#random,
      disk: this.#disk,
      network: this.#network,
      ledger: this.#ledger,
      life: ++this.#life,
      latency: () => this.#latency * this.#random(),
      failing: this.#failing,
      pace: this.#pace,
      ...(around !== undefined && { around: (store: LogStore) => around(store, this.#disk, this.#random) }),
    });
    void gateway.resume();
    return gateway;
  }

  #made(session_id: string): void {
    this.#founded = this.#disk.size;
    for (const tab of this.#tabs) if (this.#random() < 0.85) tab.watch(session_id);
    if (!this.#tabs.some((tab) => tab.viewOf(session_id) !== null)) this.#tabs[0]?.watch(session_id);
  }

  #actions({ deaths, restores, fills }: Troubles): (readonly [number, () => void])[] {
    const random = this.#random;
    const people = (): People => this.#people;
    const any = <T>(list: readonly T[]): T | undefined => people().pick(list);
    const view = (): Watching | undefined =>
      any(this.#tabs.flatMap(({ watching }) => watching.filter(({ open }) => open)));
    return [
      [14, () => this.#say()],
      [3, () => people().sayAgain()],
      [4, () => people().stop()],
      [3, () => people().takeBack()],
      [10, () => people().answer()],
      [10, () => any([...this.#network.links])?.cutAfter(Math.floor(random() * 12))],
      [5, () => this.#block()],
      [4, () => this.#throttle()],
      [4, () => view()?.reopen()],
      [4, () => view()?.stumble()],
      [2, () => any(this.#tabs)?.reload()],
      [3, () => any(this.#tabs)?.client.retryNow()],
      [2, () => this.#watchTwice()],
      [deaths, () => this.#kill()],
      [deaths / 3, () => this.#drain()],
      [fills ? 1.5 : 0, () => this.#fill()],
      [restores ? 0.8 : 0, () => void this.#restore()],
    ];
  }

  #disturb(): void {
    this.#time.after(400 * this.#random() ** 2, () => {
      if (this.#calm) return;
      let dice = this.#random() * this.#weights.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, act] of this.#weights) {
        dice -= weight;
        if (dice >= 0) continue;
        act();
        break;
      }
      this.#disturb();
    });
  }

  #say(): void {
    const { sent, sessions } = this.#people;
    if (sent >= this.#messages) return;
    const session_id = this.#people.pick(sessions);
    if (session_id === undefined || (sessions.length < this.#most_sessions && this.#random() < 0.3)) {
      // One at a time is made: a restore must not undo the making of one that somebody watches.
      if (sent === sessions.length) this.#people.say(null);
    } else this.#people.say(session_id);
  }

  #block(): void {
    const link = this.#people.pick([...this.#network.links]);
    if (link === undefined) return;
    const which = this.#random();
    if (which < 0.7) link.down.stuck = true;
    if (which > 0.4) link.up.stuck = true;
    this.#time.after(this.#random() * (this.#random() < 0.5 ? 1_500 : 12_000), () => {
      link.up.free();
      link.down.free();
      link.leave();
    });
  }

  #throttle(): void {
    const tab = this.#people.pick(this.#tabs);
    if (tab === undefined) return;
    tab.weather.rate = this.#random() < 0.5 ? 0.4 + 8 * this.#random() : Number.POSITIVE_INFINITY;
    tab.link?.leave();
  }

  #watchTwice(): void {
    const tab = this.#people.pick(this.#tabs);
    const session_id = this.#people.pick(this.#people.sessions);
    if (tab !== undefined && session_id !== undefined && tab.watching.length < 6) tab.watch(session_id);
  }

  /** The disk is full for a while. */
  #fill(): void {
    this.#disk.full = true;
    this.#fulls += 1;
    this.#time.after(3_000 * this.#random(), () => {
      this.#disk.full = false;
    });
  }

  #kill(): void {
    if (this.#down) return;
    this.#kills += 1;
    this.#down = true;
    this.#gateway.kill();
    void this.#rise();
  }

  async #rise(): Promise<void> {
    await this.#wiring.crashed?.(this.#disk, this.#random);
    this.#time.after(20 + 900 * this.#random(), () => {
      this.#down = false;
      this.#gateway = this.#boot();
    });
  }

  #drain(): void {
    if (this.#down) return;
    this.#drains += 1;
    this.#down = true;
    this.#gateway.drain(() => void this.#rise());
  }

  /** An older state of the store comes back. */
  async #restore(): Promise<void> {
    const { sessions, sent } = this.#people;
    if (this.#down || sent < sessions.length || sessions.length === 0) return;
    this.#restores += 1;
    this.#down = true;
    this.#gateway.kill();
    this.#era += 1;
    this.#ledger.restored();
    const size = this.#founded + Math.floor((this.#disk.size - this.#founded) * this.#random());
    const renewed = this.#wiring.keepsEpochs === true ? [] : sessions.map((id) => [id, `${id}@${this.#era}`] as const);
    await this.#disk.restore(size, new Map(renewed));
    await this.#rise();
  }

  /** Everything that disturbs ends. */
  #settle(): void {
    this.#calm = true;
    this.#disk.full = false;
    for (const { watching } of this.#tabs) for (const one of watching) one.steady();
    for (const { weather } of this.#tabs) Object.assign(weather, { rate: Number.POSITIVE_INFINITY, stalls: 0 });
    // Who does not know yet that nothing comes any more is told.
    for (const link of [...this.#network.links]) {
      if (link.up.stuck || link.down.stuck) link.cut();
      else link.leave();
    }
  }

  async #untilQuiet(): Promise<boolean> {
    let still = 0;
    let before = "";
    for (let waited = 0; waited < QUIET && still < STILL; waited += 500) {
      this.#people.answerAll();
      await this.#time.play(() => false, 500);
      const rows = await Promise.all(this.#people.sessions.map((id) => this.#disk.store.sessions.get(id)));
      const resting = rows.every((row) => row?.status === "idle" || row?.status === "failed");
      const here = !this.#down && this.#tabs.every((tab) => tab.online && tab.empty);
      const now = JSON.stringify(rows);
      still = resting && here && now === before ? still + 500 : 0;
      before = now;
    }
    return still >= STILL;
  }

  async #heads(): Promise<ReadonlyMap<string, number>> {
    const rows = await Promise.all(this.#people.sessions.map((id) => this.#disk.store.sessions.get(id)));
    return new Map(rows.map((row) => [row?.session_id ?? "", row?.head ?? 0]));
  }

  /** Who is online and has long had no reason to wait has everything, without a heartbeat's help. */
  #judgeLate(heads: ReadonlyMap<string, number>): void {
    for (const { ledger, open, session_id } of this.#tabs.flatMap(({ watching }) => watching)) {
      const head = heads.get(session_id) ?? 0;
      if (open && ledger.view.seq < head) {
        this.#found("LOST", `${ledger.name}: was left at ${ledger.view.seq} of ${head}`);
      }
    }
  }

  async #logs(): Promise<LogLedger[]> {
    return Promise.all(
      this.#people.sessions.map(async (session_id) => {
        const row = await this.#disk.store.sessions.get(session_id);
        const events: Event[] = [];
        for (let page: readonly Row[]; ; events.push(...page.map((one) => eventOf(session_id, one)))) {
          page = await this.#disk.store.read(session_id, events.at(-1)?.seq ?? 0, 1_000);
          if (page.length === 0) return new LogLedger(events, row?.epoch ?? null);
        }
      }),
    );
  }
}

/** From a wire in the same house to a train in a tunnel. */
function weather(random: () => number): Weather {
  const base = random() < 0.6 ? 0.2 + 3 * random() : 20 + 150 * random();
  const jitter = base * 2 * random();
  const made: Weather = {
    rate: Number.POSITIVE_INFINITY,
    stalls: random() < 0.2 ? 0.01 : 0,
    delay: () => (random() < made.stalls ? 1_500 * random() : base + jitter * random()),
  };
  return made;
}
