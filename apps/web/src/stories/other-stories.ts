import type { SessionSummary } from "@millrace/protocol";
import { start, step } from "../session/testing-events.ts";
import type { Story } from "./story.ts";
import {
  answered,
  asked,
  asks,
  calls,
  ends,
  fails,
  output,
  queued,
  returns,
  stopped,
  thinking,
  words,
} from "./words.ts";

const begun = () => [...asked("How many Python files are here?"), step(1)];
const story = (part: Story["part"]) => (name: string, rest: Omit<Story, "name" | "part">) => ({ name, part, ...rest });
const truth = story("truth");
const dock = story("dock");
const composer = story("composer");
const inspector = story("inspector");

const AT = 1_700_000_000_000;
const COMMAND = { command: "uv run pytest --collect-only -q" };
const permission = (id: string, args: Record<string, unknown> = COMMAND, content = "No rule allows this.") => [
  calls(id, "bash", args),
  asks(`ask-${id}`, "confirm", content, {
    tool_call_id: id,
    args_digest: "3f".repeat(32),
    options: ["allow_once", "allow_session", "allow_always", "deny"],
    pattern: "bash(uv run pytest *)",
  }),
];

export const TRUTH_STORIES: readonly Story[] = [
  truth("ready", { log: null }),
  truth("live-thinking", { log: [...begun(), thinking("Count")] }),
  truth("live-writing", { log: [...begun(), words("There are")] }),
  truth("live-running", { log: [...begun(), calls("t-run", "bash", COMMAND), start("t-run")] }),
  truth("catching-up", { log: begun(), link: "catching_up", sessions: [summary("catching-up", { head: 1_204 })] }),
  truth("waiting", { log: [...begun(), ...permission("t-wait")] }),
  truth("offline", {
    log: begun(),
    connection: { state: "waiting", attempt: 2, retry_at: Date.now() + 8_000, reason: "lost" },
  }),
  truth("restarting", {
    log: begun(),
    connection: { state: "waiting", attempt: 1, retry_at: Date.now() + 1_000, reason: "draining" },
  }),
  truth("closed", { log: begun(), connection: { state: "closed", code: 4_190, reason: "" } }),
  truth("signed-out", { log: begun(), connection: { state: "closed", code: 4_101, reason: "" } }),
  truth("storage-full", { log: begun(), screen: { storage: "full" } }),
  truth("storage-slow", { log: begun(), screen: { storage: "slow" } }),
  truth("storage-unavailable", { log: begun(), screen: { storage: "unavailable" } }),
  truth("run-stopping", {
    log: [...begun(), calls("t-stop", "bash", COMMAND), start("t-stop"), { type: "stop_requested", by: "local" }],
  }),
  truth("run-stopped", { log: [...begun(), { type: "stop_requested", by: "local" }, stopped()] }),
  truth("run-interrupted", { log: [...begun(), fails("interrupted", "The server was restarted.")] }),
  truth("run-failed", { log: [...begun(), fails("model_error", "502 Bad Gateway")] }),
  truth("run-done", { log: [...begun(), words("148."), output(), ends("148.")] }),
];

const QUESTION = asks("ask-q", "question", "Which folder shall I count?", {
  options: ["src", "tests", "both of them"],
});

export const DOCK_STORIES: readonly Story[] = [
  dock("ask-confirm", { log: [...begun(), ...permission("d1")] }),
  dock("ask-high-risk", {
    log: [
      ...begun(),
      ...permission(
        "d2",
        { command: "rm -rf /srv/data && echo done" },
        "This session has read private data and text that strangers wrote, and this call can carry something out.",
      ),
    ],
  }),
  dock("ask-hidden-characters", {
    log: [...begun(), ...permission("d3", { command: "echo \u202Egnp.exe; printf 'a\u0007'" })],
  }),
  dock("ask-deny-with-reason", {
    log: [...begun(), ...permission("d4")],
    press: ['[data-option="deny"]'],
  }),
  dock("ask-question", { log: [...begun(), QUESTION] }),
  dock("ask-feedback", {
    log: [...begun(), asks("ask-f", "feedback", "Is this what you meant?", { options: ["good", "not_yet"] })],
  }),
  dock("ask-choice", {
    log: [...begun(), asks("ask-c", "confirm", "Go on with the second half?", { options: ["yes", "no"] })],
  }),
  dock("ask-breaker", {
    log: [
      ...begun(),
      { type: "circuit_breaker", reason: "cost_limit", content: "The run has cost 0.52.", limit: 0.5, value: 0.52 },
      asks("breaker-1", "confirm", "Stopped at the cost limit.", { options: ["continue", "end"] }),
    ],
  }),
  dock("ask-several", { log: [...begun(), ...permission("d5"), ...permission("d6", { command: "ls" })] }),
  dock("ask-folded", {
    log: [...begun(), ...permission("d7")],
    press: ['[data-testid="ask-fold"], .card-head .icon-btn'],
  }),
  dock("ask-answered", { log: [...begun(), ...permission("d8")], next: [answered("ask-d8", "allow_once", "local")] }),
  dock("ask-unneeded", {
    log: [...begun(), ...permission("d9")],
    next: [returns("d9", "bash", { outcome: "cancelled" })],
  }),
  dock("ask-command-changed", {
    log: [...begun(), ...permission("d10")],
    refuses: "args_changed",
    press: ['[data-option="allow_once"]'],
  }),
];

const FILE = { attachment_id: "a1", name: "numbers.csv", media_type: "text/csv", size: 12_288 };
const PICTURE = { attachment_id: "picture", name: "chart.png", media_type: "image/png", size: 48_200 };
const file = (key: string, name: string, phase: NonNullable<Story["files"]>[number]["phase"]) => ({
  key,
  name,
  media_type: "text/csv",
  size: 12_288,
  phase,
});

export const COMPOSER_STORIES: readonly Story[] = [
  composer("box-new", { log: null }),
  composer("box-empty", { log: [...begun(), words("148."), output(), ends("148.")] }),
  composer("box-text", { log: [...begun(), ends("")], draft: "And how many of them are tests?\n请用中文回答。" }),
  composer("box-running", { log: begun() }),
  composer("box-running-with-text", { log: begun(), draft: "Count the tests as well." }),
  composer("box-stopping", { log: [...begun(), { type: "stop_requested", by: "local" }] }),
  composer("box-queued", { log: [...begun(), queued("Then write it down."), queued("And say so.")] }),
  composer("box-outbox", {
    log: begun(),
    connection: { state: "waiting", attempt: 1, retry_at: Date.now() + 8_000, reason: "lost" },
    outbox: [
      {
        message_id: "o1",
        session_id: "story-box-outbox",
        content: "Count the tests as well.",
        mode: "queue",
        state: "waiting",
      },
      {
        message_id: "o2",
        session_id: "story-box-outbox",
        content: "And everything else.",
        mode: "queue",
        state: "rejected",
        reason: { code: "rate_limited", message: "Too many." },
      },
    ],
  }),
  composer("box-files", {
    log: [...begun(), ends("")],
    files: [
      file("f1", "numbers.csv", { state: "done", attachment: FILE }),
      file("f2", "a rather long name of a file that goes on and on.csv", { state: "uploading", part: 0.4 }),
      file("f3", "all.csv", { state: "refused", why: "too_large" }),
      file("f4", "later.csv", { state: "waiting" }),
    ],
  }),
  composer("box-files-refused", {
    log: [...begun(), ends("")],
    files: (["too_large", "kind", "too_many", "quota", "full", "gone", "failed"] as const).map((why) =>
      file(`r-${why}`, `${why}.csv`, { state: "refused", why }),
    ),
  }),
  composer("box-pictures", {
    log: null,
    screen: { new_chat_model: "words-only" },
    draft: "What is on it?",
    files: [
      { ...file("p1", "chart.png", { state: "done", attachment: PICTURE }), media_type: "image/png" },
      { ...file("p2", "Pasted text.txt", { state: "uploading", part: 0.7 }), pasted: "A long text." },
    ],
  }),
  composer("box-tools-off", { log: [...begun(), ends("")], screen: { excluded_tools: ["bash", "fetch_url"] } }),
  composer("box-signed-out", { log: begun(), connection: { state: "closed", code: 4_101, reason: "" } }),
];

export const SIDE_STORIES: readonly Story[] = [
  {
    name: "session-rows",
    part: "side",
    log: begun(),
    sessions: [
      summary("session-rows", { title: "Count the Python files", status: "running" }),
      summary("s-waiting", { title: "清理旧的构建产物", status: "waiting" }),
      summary("s-failed", { title: "Fetch the release notes of every dependency", status: "failed" }),
      summary("s-unread", { title: "What changed since Friday?" }),
      summary("s-idle", { title: "Weekday" }),
      summary("s-old", { title: "", updated_at: Date.now() - 4 * 86_400_000 }),
    ],
    seen: { "s-unread": 1 },
  },
  { name: "session-none", part: "side", log: null },
];

const LONG_RUN = [
  ...begun(),
  thinking("Count."),
  calls("i1", "bash", COMMAND),
  calls("i2", "read_file", { path: "README.md" }),
  output(["i1", "i2"]),
  start("i1"),
  start("i2"),
  returns("i2", "read_file"),
  returns("i1", "bash", { outcome: "failed", error: "exit 1" }),
  step(2),
  words("There are 148."),
  output([], 2),
];

export const INSPECTOR_STORIES: readonly Story[] = [
  inspector("timeline-running", {
    log: [...LONG_RUN, step(3), calls("i3", "bash", COMMAND), start("i3")],
    preferences: { tab: "timeline" },
  }),
  inspector("timeline-done", {
    log: [...LONG_RUN, ends("There are 148.", { steps: 2 })],
    preferences: { tab: "timeline" },
  }),
  inspector("events", { log: [...LONG_RUN, ends("There are 148.", { steps: 2 })], preferences: { tab: "events" } }),
  inspector("usage", { log: [...LONG_RUN, ends("There are 148.", { steps: 2 })], preferences: { tab: "usage" } }),
  inspector("timeline-empty", { log: null, preferences: { tab: "timeline" } }),
];

export const EMPTY_STORIES: readonly Story[] = [{ name: "new-chat", part: "empty", log: null }];

function summary(name: string, rest: Partial<SessionSummary> = {}): SessionSummary {
  const session_id = name.startsWith("s-") ? name : `story-${name}`;
  return {
    session_id,
    title: name,
    status: "idle",
    head: 9,
    model: null,
    created_at: AT,
    updated_at: Date.now(),
    ...rest,
  };
}
