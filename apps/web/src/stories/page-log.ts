import { type Body, start, step } from "../session/testing-events.ts";
import { answered, asked, asks, calls, ends, output, preparing, prints, returns, thinking, words } from "./words.ts";

/** The log of the pages: one long run, cut where a page looks at it. Seconds from its beginning. */

const AT = 1_700_000_000_000;
const at = (seconds: number, ...bodies: Body[]): Body[] =>
  bodies.map((body) => ({ ...body, ts: AT + Math.round(seconds * 1_000) }));

const LINES = Array.from({ length: 212 }, (_, line) => `tests/agent/test_loop.py::test_case_${line}\n`);
const FOUND = "The docs site answers 503, but its source is in the repository: `docs/stats.md` also says 131. ";

const BEGUN = [
  ...at(0, ...asked("How many Python files are here? Do the README and the docs agree?")),
  ...at(0.01, { ...step(1), tokens: 2_164 } as Body),
  ...at(0.52, thinking("Count the tracked files, and read what the README says")),
  ...at(4.9, { ...thinking(" about them."), offset: 54 } as Body),
  ...at(5.31, preparing("c1", "bash", '{"command": "git ls')),
  ...at(5.4, calls("c1", "bash", { command: "git ls-files '*.py' | xargs dirname | sort | uniq -c" })),
  ...at(5.4, calls("c2", "read_file", { path: "README.md" }), output(["c1", "c2"]), start("c1"), start("c2")),
  ...at(5.44, returns("c2", "read_file", { execution_time: 0.04 })),
  ...at(5.71, returns("c1", "bash", { content: "61 src\n23 src/tools\n52 tests\n12 scripts" })),
  ...at(6.1, { ...step(2), tokens: 9_812 } as Body),
  ...at(6.5, words("**148** files are tracked; the README says **131**, ", "w2")),
  ...at(8.3, { ...words("so it is out of date. Next, the docs.", "w2"), offset: 52 } as Body),
  ...at(8.38, calls("c3", "fetch_url", { url: "https://docs.example.org/stats" })),
  ...at(8.38, calls("c4", "mcp__github__search_code", { query: '"131 Python files"' })),
  ...at(8.4, output(["c3", "c4"], 2), start("c3"), start("c4")),
  ...at(11.1, returns("c4", "mcp__github__search_code", { content: "docs/stats.md", execution_time: 2.7 })),
  ...at(
    16.4,
    returns("c3", "fetch_url", { outcome: "failed", error: "HTTP 503 Service Unavailable", execution_time: 8 }),
  ),
  ...at(16.6, { ...step(3), tokens: 15_203 } as Body),
  ...at(17, words(FOUND, "w3")),
  ...at(19.2, {
    ...words("Last, I’ll check that every test can still be collected.", "w3"),
    offset: FOUND.length,
  } as Body),
  ...at(19.8, preparing("c5", "bash", '{"command": "uv')),
  ...at(20, calls("c5", "bash", { command: "uv run pytest --collect-only -q" }), output(["c5"], 3)),
];

const ASKED = [
  ...BEGUN,
  ...at(
    20,
    asks("ask-c5", "confirm", "No rule allows this.", {
      tool_call_id: "c5",
      args_digest: "7f".repeat(32),
      options: ["allow_once", "allow_session", "allow_always", "deny"],
      pattern: "bash(uv run pytest *)",
    }),
  ),
];

const ALLOWED = [...ASKED, ...at(24, answered("ask-c5", "allow_once"), start("c5"))];

const ANSWER = `There are **148** Python files. Both published numbers are out of date: the README and \`docs/stats.md\` still say 131.

| Folder | Files | Since 131 was written |
| --- | ---: | ---: |
| \`src\` | 61 | +4 |
| \`src/tools\` | 23 | +6 |
| \`tests\` | 52 | +7 |
| \`scripts\` | 12 | 0 |

### What I could not check

The docs site answered 503, so I read its source instead. All 52 test files still load.

To keep the number honest, let CI write it:

\`\`\`bash
# one line per folder, largest first
git ls-files '*.py' | xargs dirname | sort | uniq -c | sort -rn > docs/stats.txt
\`\`\``;

export const WAITING = ASKED;
export const RUNNING = [...ALLOWED, ...at(33.2, prints("c5", LINES.join("")))];
export const DONE = [
  ...RUNNING,
  ...at(34, returns("c5", "bash", { content: LINES.join(""), execution_time: 10 })),
  ...at(34.2, { ...step(4), tokens: 20_731 } as Body),
  ...at(35, words(ANSWER, "w4")),
  ...at(47.8, output([], 4)),
  ...at(48, ends(ANSWER, { steps: 4 })),
];
