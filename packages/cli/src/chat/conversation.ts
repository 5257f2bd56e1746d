import { writeFile } from "node:fs/promises";
import type { Models, SessionPage } from "@millrace/client";
import type { ChatArguments } from "../arguments.ts";
import { CHAT_HELP } from "../usage.ts";
import { oneLine, safeText } from "./shown-text.ts";
import { type Line, readLine } from "./slash.ts";
import { type TurnParts, turn } from "./turn.ts";

const LISTED = 10;

type Sessions = SessionPage["sessions"];

/** A conversation at a terminal, line by line, until its person leaves. */
export class Conversation {
  readonly #parts: TurnParts;
  readonly #models: Models;
  readonly #agent: string | undefined;
  #session_id: string | undefined;
  #model: string | undefined;
  #listed: Sessions = [];

  constructor(parts: TurnParts, models: Models, { session, model, agent }: ChatArguments) {
    this.#parts = parts;
    this.#models = models;
    this.#session_id = session;
    this.#model = model;
    this.#agent = agent;
  }

  /** The session, once there is one. */
  get session_id(): string | undefined {
    return this.#session_id;
  }

  async begin(): Promise<void> {
    const { style } = this.#parts;
    this.#tell(style.grey(`${this.#model ?? this.#models.default} · /help`));
    if (this.#session_id !== undefined) await this.#goOn(this.#session_id);
    for (;;) {
      const line = await this.#parts.keyboard.line(style.bold("> "));
      const asked: Line = line === null ? { kind: "quit" } : readLine(line);
      if (asked.kind === "quit") return;
      await this.#carryOut(asked).catch((error: Error) => this.#tell(style.red(`✗ ${oneLine(error.message, 300)}`)));
    }
  }

  async #carryOut(line: Line): Promise<void> {
    switch (line.kind) {
      case "message":
        return this.#say(line.content);
      case "help":
        return this.#tell(CHAT_HELP.trimEnd());
      case "new":
        this.#session_id = undefined;
        return this.#tell(this.#parts.style.grey("a new session"));
      case "model":
        return this.#useModel(line.name);
      case "sessions":
        return line.number === null ? this.#list() : this.#open(line.number);
      case "export":
        return this.#export(line.format, line.file);
      case "wrong":
        return this.#tell(this.#parts.style.red(line.why));
      case "nothing":
      case "quit":
    }
  }

  async #say(content: string): Promise<void> {
    const options = { sessionId: this.#session_id, model: this.#model, agent: this.#agent };
    await turn(this.#parts, content, options, ({ session_id }) => {
      if (session_id !== "") this.#session_id = session_id;
    });
    this.#parts.screen.write("\n");
  }

  #useModel(name: string | null): void {
    const { models } = this.#models;
    if (name !== null && models.some(({ id }) => id === name)) this.#model = name;
    else if (name !== null) this.#tell(this.#parts.style.red(`there is no model ${oneLine(name, 60)}`));
    const used = this.#model ?? this.#models.default;
    for (const { id } of models) this.#tell(`${id === used ? "*" : " "} ${safeText(id)}`);
  }

  async #list(): Promise<void> {
    this.#listed = (await this.#parts.client.sessions.list({ limit: LISTED })).sessions;
    if (this.#listed.length === 0) this.#tell("there are no sessions yet");
    for (const [index, { session_id, title, status }] of this.#listed.entries()) {
      const here = session_id === this.#session_id ? "*" : " ";
      const what = status === "idle" ? "" : this.#parts.style.grey(` (${status})`);
      this.#tell(`${here}${String(index + 1).padStart(2)} ${oneLine(title, 60) || session_id}${what}`);
    }
  }

  async #open(number: number): Promise<void> {
    if (this.#listed.length === 0) this.#listed = (await this.#parts.client.sessions.list({ limit: LISTED })).sessions;
    const chosen = this.#listed[number - 1];
    if (chosen === undefined) this.#tell(this.#parts.style.red("there is no such session in the list"));
    else await this.#goOn(chosen.session_id);
  }

  async #goOn(session_id: string): Promise<void> {
    const { title, status } = await this.#parts.client.sessions.get(session_id);
    this.#session_id = session_id;
    const { style } = this.#parts;
    this.#tell(style.grey(`going on with ${oneLine(title, 60) || session_id}`));
    if (status === "running" || status === "waiting") {
      this.#tell(style.yellow("a run of it is still open: what you say waits for its end"));
    }
  }

  async #export(format: "jsonl" | "md", file: string | null): Promise<void> {
    if (this.#session_id === undefined) return this.#tell("there is nothing to export yet");
    const name = file ?? `${this.#session_id}.${format}`;
    await writeFile(name, await this.#parts.client.sessions.export(this.#session_id, format), { flag: "wx" });
    this.#tell(`wrote ${safeText(name)}`);
  }

  #tell(line: string): void {
    this.#parts.screen.write(`${line}\n`);
  }
}
