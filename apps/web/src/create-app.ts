import type { MillraceClient } from "@millrace/client";
import type { View } from "@millrace/protocol";
import { createStore } from "zustand/vanilla";
import { createAskStore } from "./ask/ask-store.ts";
import type { OfferedAgents } from "./composer/choices.ts";
import { forgetDrafts } from "./composer/draft.ts";
import { createDraftFiles } from "./composer/draft-files.ts";
import { loadExcluded } from "./composer/excluded-tools.ts";
import { AskRecord, CallBody, Markdown, MessageFiles } from "./conversation/turn-chunks.tsx";
import { createReplays } from "./replay/replays.ts";
import { nextFrame, nowAndThen } from "./session/next-frame.ts";
import { createSessionStore } from "./session/session-store.ts";
import { createRemovals } from "./sessions/removals.ts";
import { createSessionsStore } from "./sessions/sessions-store.ts";
import type { App, Screen, StorageTrouble } from "./shell/app-context.ts";
import { Around, AskDock, Inspector, TurnGroups } from "./shell/chunks.tsx";
import { requestJson } from "./shell/gateway-http.ts";
import { MODELS_CHANGED } from "./shell/models-changed.ts";
import { loadAgain, loadAheadWhenIdle, part } from "./shell/part.ts";
import { createPreferences } from "./shell/preferences.ts";
import { addressOf, sessionOf } from "./shell/route.ts";
import { goToSignIn, isSignedOut, isUnauthorized } from "./shell/sign-in.ts";
import { COARSE } from "./shell/use-media.ts";

declare global {
  interface Window {
    /** A debugging aid: the folded log of the session on the screen, or null in a new chat. Nothing reads it here. */
    __millrace: { view(): View | null };
  }
}

const older = part(() => import("./session/history.ts"));
const takingBack = part(() => import("./composer/take-back.ts"));

const STORAGE_TROUBLES: readonly StorageTrouble[] = ["slow", "full", "unavailable"];

/** Puts the parts together and connects them to the page. Called once, for the life of the page. */
export function createApp(client: MillraceClient): App {
  const session = createSessionStore(client, nextFrame, {
    history: nowAndThen,
    readOlder: async (range) => (await older.whenLoaded()).readOlder(range),
    signedOut: goToSignIn,
    takeBack: (session_id, queue) => {
      void takingBack.get()?.takeBackIntoBox({ client, session, files }, session_id, queue);
    },
  });
  const sessions = createSessionsStore(client);
  const asks = createAskStore(client, session);
  const removals = createRemovals(client, (session_id) => {
    forgetDrafts(session_id);
    sessions.forget(session_id);
  });
  const replays = createReplays();
  const preferences = createPreferences();
  const screen = createStore<Screen>(() => ({
    selected: null,
    sheet: null,
    overlay: null,
    storage: null,
    models: null,
    agents: null,
    new_chat_model: null,
    agent: null,
    thinking: null,
    excluded_tools: null,
  }));
  const files = createDraftFiles();
  const sent = new Set<string>();
  client.outbox.subscribe(() => {
    for (const { message_id } of client.outbox.get()) sent.add(message_id);
  });

  const show = (session_id: string | null) => {
    keepSeen();
    session.open(session_id);
    replays.moved();
    const excluded_tools = loadExcluded(session_id);
    screen.setState({ selected: null, sheet: null, agent: null, thinking: null, excluded_tools });
  };
  const keepSeen = () => {
    const { session_id, recent, link } = session.getState();
    if (session_id !== null && link !== "gone") sessions.saw(session_id, recent.at(-1)?.ts ?? 0);
  };
  /** What is not known is not offered. */
  const loadOffers = () => {
    client.models().then(
      (models) => {
        const { new_chat_model: chosen } = screen.getState();
        const isThere = models.models.some(({ id }) => id === chosen);
        screen.setState({ models, new_chat_model: isThere ? chosen : null });
      },
      (error: unknown) => {
        if (isUnauthorized(error)) goToSignIn();
      },
    );
    requestJson<OfferedAgents>("GET", "/api/v1/agents").then(
      (agents) => screen.setState({ agents }),
      () => undefined,
    );
  };

  client.connection.subscribe(() => {
    const connection = client.connection.get();
    if (connection.state !== "online") screen.setState({ storage: null });
    if (connection.state === "online") {
      loadOffers();
      loadAgain();
    } else if (isSignedOut(connection)) goToSignIn();
  });
  client.onNotice(({ code }) => {
    if (code === "storage_ok") screen.setState({ storage: null });
    const trouble = STORAGE_TROUBLES.find((how) => code === `storage_${how}`);
    if (trouble !== undefined) screen.setState({ storage: trouble });
  });
  window.addEventListener("popstate", () => show(sessionOf(location.pathname)));
  window.addEventListener("pagehide", () => {
    keepSeen();
    removals.flush();
  });
  window.addEventListener("online", () => client.retryNow());
  new BroadcastChannel(MODELS_CHANGED).addEventListener("message", loadOffers);
  window.addEventListener("offline", () => client.probe());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return keepSeen();
    client.retryNow();
    // Another browser can have changed them meanwhile.
    if (client.connection.get().state === "online") loadOffers();
  });
  window.__millrace = {
    view() {
      const { session_id, view } = (replays.getState().scene?.app.session ?? session).getState();
      return session_id === null ? null : view;
    },
  };

  loadOffers();
  sessions.connect();
  show(sessionOf(location.pathname));
  client.connect();
  TurnGroups.load();
  Markdown.load();
  Inspector.load();
  AskDock.load();
  Around.load();
  AskRecord.load();
  CallBody.load();
  MessageFiles.load();
  takingBack.load();
  loadAheadWhenIdle();

  return {
    client,
    session,
    sessions,
    removals,
    asks,
    replays,
    preferences,
    screen,
    files,
    sent,
    go(session_id, replace) {
      const address = addressOf(session_id);
      if (address === location.pathname) screen.setState({ sheet: null });
      else if (replace === undefined) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
      show(session_id);
      if (!matchMedia(COARSE).matches) document.getElementById("composer")?.focus();
    },
  };
}
