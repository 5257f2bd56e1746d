import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tool } from "@millrace/agent";
import type { Event } from "@millrace/protocol";
import {
  type ContentResponder,
  type ContentRule,
  type Responder,
  type ScriptedModel,
  scriptByContent,
  startScriptedModel,
} from "@millrace/scripted-model";
import type { LogStore } from "@millrace/store";
import pino from "pino";
import { DEFAULT_LIMITS, type Limits, type Settings, startGateway } from "../src/index.ts";
import { HttpClient } from "./http-client.ts";
import { expectNoSecret } from "./suite-canaries.ts";
import { Viewer, type ViewerOptions } from "./viewer.ts";

export interface GatewayOptions {
  /** What the model says, by the last user message. */
  readonly rules?: readonly ContentRule[];
  /** Instead of rules. */
  readonly responder?: Responder;
  readonly limits?: Partial<Limits>;
  readonly tools?: readonly Tool[];
  readonly settings?: Partial<Settings>;
  /** Instead of SQLite; closed with the gateway. */
  readonly store?: LogStore;
}

/** A key that must appear nowhere: not in a log line, not in a frame. */
export const CANARY_KEY = "sk-canary-4f1d0c8e";

export const MODELS = ["scripted", "scripted-two"] as const;

/** A gateway in this process on a free port, with a scripted model behind it and a data folder of its own. */
export class GatewayUnderTest implements AsyncDisposable {
  readonly model: ScriptedModel;
  readonly responder: ContentResponder;
  readonly settings: Settings;
  readonly http: HttpClient;
  readonly url: string;
  readonly port: number;
  /** Log lines as JSON text. */
  readonly log: readonly string[];
  readonly #viewers: Viewer[] = [];
  readonly #close: () => Promise<void>;

  private constructor(parts: {
    model: ScriptedModel;
    responder: ContentResponder;
    settings: Settings;
    url: string;
    log: readonly string[];
    close: () => Promise<void>;
  }) {
    this.model = parts.model;
    this.responder = parts.responder;
    this.settings = parts.settings;
    this.url = parts.url;
    this.port = Number(new URL(parts.url).port);
    this.http = new HttpClient(this.port);
    this.log = parts.log;
    this.#close = parts.close;
  }

  static async start({
    rules = [],
    responder: own,
    limits = {},
    tools = [],
    settings = {},
    store,
  }: GatewayOptions): Promise<GatewayUnderTest> {
    const responder = scriptByContent(rules);
    const model = await startScriptedModel({ responder: own ?? responder });
    const data_dir = mkdtempSync(join(tmpdir(), "millrace-gateway-"));
    const complete: Settings = {
      host: "127.0.0.1",
      port: 0,
      hosts: [],
      data_dir,
      workspace: data_dir,
      web_dir: join(data_dir, "no-web"),
      model: { base_url: model.url, api_key: CANARY_KEY, models: MODELS },
      log_level: "trace",
      limits: { ...DEFAULT_LIMITS, ...limits },
      ...settings,
    };
    const log: string[] = [];
    const logger = pino(
      { level: "trace", base: null, serializers: { error: pino.stdSerializers.err } },
      { write: (line: string) => void log.push(line) },
    );
    const gateway = await startGateway(complete, { log: logger, tools, ...(store === undefined ? {} : { store }) });
    const close = async (): Promise<void> => {
      void gateway.close();
      await gateway.close();
      await model.close();
      expectNoSecret("the log", log.join("\n"), [CANARY_KEY]);
      rmSync(data_dir, { recursive: true, force: true });
    };
    return new GatewayUnderTest({ model, responder, settings: complete, url: gateway.url, log, close });
  }

  /** A WebSocket client that has been welcomed. */
  async connect(options: ViewerOptions = {}): Promise<Viewer> {
    const viewer = new Viewer(`ws://127.0.0.1:${this.port}/api/v1/ws`, options);
    this.#viewers.push(viewer);
    await viewer.frame("welcome");
    return viewer;
  }

  /** The log of a session as the JSON door gives it. */
  async events(session_id: string): Promise<Event[]> {
    return (await this.http.get(`/api/v1/sessions/${session_id}/events`)).json as Event[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const viewer of this.#viewers) viewer.terminate();
    await this.#close();
  }
}
