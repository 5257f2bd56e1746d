import { MillraceClient, RejectedError } from "@millrace/client";
import { type Event, emptyView, fold } from "@millrace/protocol";
import { createStore } from "zustand/vanilla";
import { createAskStore } from "../ask/ask-store.ts";
import { saveDraft } from "../composer/draft.ts";
import { createDraftFiles, setFiles } from "../composer/draft-files.ts";
import { frameClock } from "../replay/player.ts";
import { replayLog } from "../replay/replay-log.ts";
import { createReplays } from "../replay/replays.ts";
import { createScene } from "../replay/scene.ts";
import type { SessionState, SessionStore } from "../session/session-store.ts";
import { log } from "../session/testing-events.ts";
import { createRemovals } from "../sessions/removals.ts";
import type { SessionsState, SessionsStore } from "../sessions/sessions-store.ts";
import type { App, Screen } from "../shell/app-context.ts";
import type { Story } from "./story.ts";

const MODELS = {
  models: [
    { id: "demo", name: "Demo", demo: true },
    { id: "kimi-k2.5", name: "Kimi K2.5", images: true, thinking: true, context: 256_000 },
    { id: "words-only", name: "Words only", images: false, context: 32_000 },
  ],
  default: "demo",
};
const ONLINE = { state: "online", since: 0, connection_id: "c", user: { id: "local" } } as const;

/** Where a story's session lives; a draft and files are kept by it. */
const idOf = ({ name, log: bodies }: Story): string | null => (bodies === null ? null : `story-${name}`);

/** The application as a story has it: real stores over hand-written events, and a client that reaches nothing. */
export function storyApp(story: Story, preferences: App["preferences"]): App {
  const client = storyClient(story);
  const session = storySession(story);
  const sessions = storySessions(story);
  // What was settled stays to be looked at.
  const asks = createAskStore(client, session, () => () => undefined);
  if (story.preferences !== undefined) preferences = ownPreferences(preferences, story.preferences);
  const screen = createStore<Screen>(() => ({
    selected: null,
    sheet: null,
    overlay: null,
    storage: null,
    models: MODELS,
    agents: null,
    new_chat_model: null,
    agent: null,
    thinking: null,
    excluded_tools: null,
    ...story.screen,
  }));
  const files = createDraftFiles();
  saveDraft(idOf(story), { text: story.draft ?? "", files: [] });
  setFiles(files, idOf(story), story.files ?? []);
  const removals = createRemovals(client, () => undefined);
  removals.setState(story.removals ?? {});
  return {
    client,
    session,
    sessions,
    asks,
    removals,
    replays: createReplays(),
    preferences,
    screen,
    files,
    sent: new Set(),
    go: () => undefined,
  };
}

/** What the log held when the story was opened. */
export function open({ session }: App, story: Story): void {
  if (story.log === null) return;
  const events = placed(story, story.log);
  session.setState({ view: fold(emptyView(), events), recent: events, link: story.link ?? "live" });
}

/** What happened then. */
export function goOn(app: App, story: Story): void {
  const { session } = app;
  showAgain(app, story).catch(() => undefined);
  if (story.log === null || story.next === undefined) return;
  const recent = placed(story, [...story.log, ...story.next]);
  session.setState({ view: fold(session.getState().view, recent), recent });
}

async function showAgain(app: App, { name, log: bodies, replay, ...story }: Story): Promise<void> {
  if (replay === undefined) return;
  if (replay !== "run") {
    app.replays.setState({ door: true, problem: replay === "door" ? null : replay });
    return;
  }
  const events = placed({ name, log: bodies, ...story }, bodies ?? []);
  const shown = await replayLog({ events, title: app.session.getState().view.title }, null, () => Promise.resolve());
  const position = shown.timing.length * 0.6;
  app.replays.setState({
    scene: createScene(app, { kind: "run", name: "1", log: shown, clock: frameClock, position }),
  });
}

function placed(story: Story, bodies: NonNullable<Story["log"]>): Event[] {
  return log(bodies, `run-${story.name}`).map((event) => ({ ...event, session_id: idOf(story) ?? "" }));
}

function storySession(story: Story): SessionStore {
  const { log: bodies, next = [], later = 2 } = story;
  const last = bodies === null ? undefined : placed(story, [...bodies, ...next]).at(-1);
  const store = createStore<SessionState>(() => ({
    session_id: idOf(story),
    link: "subscribing",
    view: emptyView(),
    recent: [],
    skew: 0,
    stop_pressed: null,
  }));
  return {
    ...store,
    now: () => (last?.ts ?? 0) + later * 1_000,
    open: () => undefined,
    stop: () => undefined,
    close: () => undefined,
  };
}

function storySessions({ sessions = [], seen = {} }: Story): SessionsStore {
  const store = createStore<SessionsState>(() => ({ list: sessions, next_cursor: null, loading: "done", seen }));
  const nothing = () => undefined;
  return { ...store, refresh: nothing, more: nothing, saw: nothing, forget: nothing, connect: () => nothing };
}

function ownPreferences(shared: App["preferences"], own: Partial<ReturnType<App["preferences"]["getState"]>>) {
  const store = createStore(() => ({ ...shared.getState(), ...own }));
  shared.subscribe(({ theme, language }) => store.setState({ theme, language }));
  return store;
}

/** A client that is never connected: it says what the story says, and nothing that it is asked arrives anywhere. */
function storyClient({ connection = ONLINE, outbox = [], refuses }: Story): MillraceClient {
  const client = new MillraceClient({ url: location.origin });
  const always = <T>(value: T) => ({ get: () => value, subscribe: () => () => undefined });
  const told: Record<PropertyKey, unknown> = {
    connection: always(connection),
    outbox: always(outbox),
    models: () => Promise.resolve(MODELS),
    respond: () =>
      refuses === undefined
        ? new Promise(() => undefined)
        : Promise.reject(new RejectedError(refuses, "They changed.")),
  };
  return new Proxy(client, {
    get(target, name) {
      if (Object.hasOwn(told, name)) return told[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
