import { result, start, step } from "../session/testing-events.ts";
import type { Story } from "./story.ts";
import {
  answered,
  asked,
  asks,
  calls,
  ends,
  fails,
  output,
  preparing,
  prints,
  queued,
  retry,
  returns,
  stopped,
  thinking,
  words,
} from "./words.ts";

const PYTEST = { command: "uv run pytest --collect-only -q" };
const LINES = Array.from({ length: 30 }, (_, line) => `tests/agent/test_loop.py::test_${line}`).join("\n");
const turn = (name: string, story: Omit<Story, "name" | "part">): Story => ({ name, part: "turns", ...story });
const diagram = (name: string, story: Omit<Story, "name" | "part">): Story => ({ name, part: "diagrams", ...story });
const begun = (content = "How many Python files are here?") => [...asked(content), step(1)];
const ran = (id: string, outcome: "completed" | "failed" | "denied" | "cancelled" | "unknown", rest = {}) => [
  calls(id, "bash", PYTEST),
  ...(outcome === "denied" ? [] : [start(id)]),
  returns(id, "bash", { outcome, ...rest }),
];

const MARKDOWN = `There are **148** Python files; \`README.md\` says 131.

| folder | files |
| --- | ---: |
| src | 101 |
| tests | 47 |

- [x] counted
- [ ] written down[^1]

\`\`\`ts
export const count = (names: readonly string[]): number => names.length; // all of them, also those that nobody reads
\`\`\`

> Published numbers are out of date, see [the docs](https://docs.example.org).

[^1]: In the README.`;

const NOTE = queued("Count the tests as well.", "steer");
const steered = {
  ...step(2),
  message_ids: "message_id" in NOTE ? [NOTE.message_id] : [],
} as ReturnType<typeof step>;

const DIAGRAM = (code: string) => `First the way of a message.\n\n\`\`\`mermaid\n${code}\n\`\`\`\n\nThat is all.`;
const DRAW = ".code-draw";

const FIRST_RUN = [...begun(), words("There are 148."), output(), ends("There are 148.")].map((body) => ({
  ...body,
  run_id: "run-before",
}));
const said = FIRST_RUN.find((body) => body.type === "user_message");
/** The same message once more, in other words: a branch beside the first one. */
const otherwise = [
  ...begun("How many Python files are here, tests not counted?"),
  words("Then there are 96."),
  output(),
]
  .concat(ends("Then there are 96."))
  .map((body) => (body.type === "user_message" && said !== undefined ? { ...body, replaces: said.message_id } : body));
const BRANCHED = [...FIRST_RUN, ...otherwise];
const attachment = (attachment_id: string, name: string, media_type: string) => ({
  attachment_id,
  name,
  media_type,
  size: 48_200,
});
const withFiles = asked("What is in these?").map((body) =>
  body.type === "user_message"
    ? {
        ...body,
        attachments: [
          attachment("picture", "chart.png", "image/png"),
          attachment("missing", "a picture that is nowhere any more.png", "image/png"),
          attachment("table", "numbers of the year, as they were written down.csv", "text/csv"),
        ],
      }
    : body,
);

export const TURN_STORIES: readonly Story[] = [
  turn("starting", { log: asked("How many Python files are here?") }),
  turn("thinking-streaming", { log: [...begun(), thinking("Count them first. Then look at what the README says")] }),
  turn("thinking-folded", { log: begun(), next: [thinking("Count them first."), words("Counting.")] }),
  turn("thinking-opened", {
    log: begun(),
    next: [thinking("Count them first. Then look at the README."), words("Counting.")],
    press: ["button.think-head"],
  }),
  turn("call-preparing", { log: [...begun(), preparing("prep", "bash", '{"command": "uv run py')] }),
  turn("call-next-in-line", { log: [...begun(), calls("next", "bash", PYTEST)] }),
  turn("call-waiting", {
    log: [
      ...begun(),
      calls("wait", "bash", PYTEST),
      asks("ask-wait", "confirm", "No rule allows this.", {
        tool_call_id: "wait",
        args_digest: "d".repeat(64),
        options: ["allow_once", "deny"],
      }),
    ],
  }),
  turn("call-running", { log: [...begun(), calls("run", "bash", PYTEST), start("run"), prints("run", LINES)] }),
  turn("call-completed", { log: begun(), next: ran("done", "completed", { content: LINES }) }),
  turn("call-opened", {
    log: begun(),
    next: ran("open", "completed", { content: LINES, truncated: true }),
    press: [".call-head"],
  }),
  turn("call-failed", { log: begun(), next: ran("fail", "failed", { error: "HTTP 503 Service Unavailable" }) }),
  turn("call-denied", { log: begun(), next: ran("deny", "denied", { error: "The person said no." }) }),
  turn("call-cancelled", { log: begun(), next: ran("cancel", "cancelled") }),
  turn("call-unknown", { log: begun(), next: ran("unknown", "unknown") }),
  turn("call-mcp", {
    log: begun(),
    next: [
      calls("mcp", "mcp__github__search_issues", { query: "is:open 计数" }),
      start("mcp"),
      returns("mcp", "mcp__github__search_issues"),
    ],
  }),
  turn("call-nested", {
    log: begun(),
    next: [
      calls("agent", "run_agent", { task: "Search the code for 131" }),
      start("agent"),
      calls("inner", "search_code", { query: "131" }, "agent"),
      start("inner"),
      returns("inner", "search_code", { content: "README.md:12" }),
    ],
  }),
  turn("parallel", {
    log: begun(),
    next: [
      calls("one", "bash", { command: "git ls-files '*.py' | wc -l" }),
      calls("two", "read_file", { path: "README.md" }),
      calls("three", "fetch_url", { url: "https://docs.example.org/stats" }),
      output(["one", "two", "three"]),
      start("one"),
      start("two"),
      returns("two", "read_file", { content: "131 files" }),
      start("three"),
      returns("one", "bash", { outcome: "failed", error: "fatal: not a git repository" }),
    ],
  }),
  turn("steps", {
    log: begun(),
    next: [...ran("first", "completed"), output(["first"]), step(2), thinking("Now the docs.")],
  }),
  turn("words-streaming", { log: begun(), next: [words(`${MARKDOWN}\n\n\`\`\`py\nfor file in files:\n    pri`)] }),
  turn("words", { log: begun(), next: [words(MARKDOWN), output(), ends(MARKDOWN)] }),
  turn("words-zh", {
    log: begun("这里有多少个 Python 文件？"),
    next: [words("共有 **148** 个 Python 文件，`README.md` 里写的是 131。"), output(), ends("148")],
  }),
  turn("retry", { log: begun(), next: [words("Half an answ"), retry(4)] }),
  turn("steered", {
    log: begun(),
    next: [...ran("before", "completed"), output(["before"]), NOTE, steered],
  }),
  turn("prune-compact-data", {
    log: begun(),
    next: [
      { type: "data", name: "progress", value: { files: 148 } },
      { type: "prune", tool_call_ids: ["before"], estimated_tokens_saved: 12_000 },
      {
        type: "compact",
        original_messages: 42,
        compacted_messages: 3,
        estimated_tokens_saved: 75_000,
        content: "They count files.",
        covers_to: 1,
      },
      step(2),
      thinking("And now?"),
    ],
  }),
  turn("breaker", {
    log: begun(),
    next: [
      { type: "circuit_breaker", reason: "cost_limit", content: "The run has cost 0.50.", limit: 0.5, value: 0.52 },
    ],
  }),
  turn("answer-record", {
    log: [
      ...begun(),
      calls("allowed", "bash", PYTEST),
      asks("ask-allowed", "confirm", "No rule allows this.", {
        tool_call_id: "allowed",
        args_digest: "d".repeat(64),
        options: ["allow_session", "deny"],
      }),
    ],
    next: [answered("ask-allowed", "allow_session", "local", "session"), start("allowed"), result("allowed")],
  }),
  turn("stopping", { log: [...begun(), words("148 files"), { type: "stop_requested", by: "local" }] }),
  turn("stopped", { log: begun(), next: [words("148 files"), { type: "stop_requested", by: "local" }, stopped()] }),
  turn("error-model", { log: begun(), next: [fails("model_error", "502 Bad Gateway")] }),
  turn("error-interrupted", {
    log: begun(),
    next: [...ran("lost", "unknown"), fails("interrupted", "The server was restarted.")],
  }),
  turn("error-steps", { log: begun(), next: [words("Not done yet."), fails("max_steps_reached", "50 steps")] }),
  turn("error-length", { log: begun(), next: [words("Cut in the mid"), output(), ends("", { reason: "length" })] }),
  turn("error-filtered", { log: begun(), next: [words("I"), output(), ends("", { reason: "content_filter" })] }),
  turn("reopened", {
    log: [
      ...begun(),
      thinking("Count."),
      ...ran("old", "failed"),
      ...ran("older", "completed"),
      words(MARKDOWN),
      output(),
      ends(MARKDOWN),
    ],
  }),
  turn("branches", { log: BRANCHED }),
  turn("editing", { log: BRANCHED, press: ['[data-testid="edit"]'] }),
  turn("files", {
    log: [...withFiles, step(1), words("A chart and a table."), output(), ends("A chart and a table.")],
  }),
];

/** Apart: what draws them has five seconds. */
export const DIAGRAM_STORIES: readonly Story[] = [
  diagram("diagram-code", {
    log: [...begun(), words(DIAGRAM("graph LR\n  Writes --> Stored --> Seen")), output(), ends("")],
  }),
  diagram("diagram", {
    log: [...begun(), words(DIAGRAM("graph LR\n  Writes --> Stored --> Seen")), output(), ends("")],
    press: [DRAW],
  }),
  diagram("diagram-mistaken", {
    log: [...begun(), words(DIAGRAM("graph LR\n  Writes --> ((")), output(), ends("")],
    press: [DRAW],
  }),
];
