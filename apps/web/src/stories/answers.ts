/** What the gateway of the stories says over HTTP, by path. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  "/api/v1/about": {
    local: true,
    config_file: "millrace.config.json",
    providers: [
      { name: "demo", models: ["demo"] },
      {
        name: "moonshot",
        host: "api.example.com",
        models: ["kimi-k2.5", "kimi-k2-a-rather-long-name-of-a-model-2026-11"],
      },
    ],
  },
  "/api/v1/endpoints": {
    endpoints: [
      { name: "demo", source: "demo", base_url: null, key: null, models: [{ id: "demo" }] },
      {
        name: "moonshot",
        source: "page",
        base_url: "https://api.example.com/v1",
        key: { last: "4f2a" },
        models: [{ id: "kimi-k2.5" }, { id: "kimi-k2-a-rather-long-name-of-a-model-2026-11" }],
      },
    ],
  },
  "/api/v1/permissions": {
    permissions: [
      { id: "p1", tool: "bash", pattern: "git ls-files *", workspace: "~/work", created_at: 0 },
      { id: "p2", tool: "fetch_url", pattern: "docs.example.org", workspace: "~/work", created_at: 0 },
      {
        id: "p3",
        tool: "read_file",
        pattern: "read_file",
        workspace: "~/a/folder/that/is/far/down/in/others",
        created_at: 0,
      },
    ],
  },
  "/api/v1/tools": {
    tools: [
      { name: "bash", description: "Runs a command in the workspace." },
      { name: "read_file", description: "Reads a file of the workspace, or lines of it." },
      { name: "fetch_url", description: "Reads a page." },
      { name: "mcp__github__search_code", description: "Searches code in repositories." },
    ],
    servers: [
      { name: "github", state: "connected" },
      { name: "tracker", state: "connecting" },
      { name: "calendar", state: "failed", reason: "spawn calendar-server ENOENT" },
    ],
  },
};

/** Requests to a gateway are answered from here, and by what `own` says of some paths; null: with an error. */
export function answerHere(own: Readonly<Record<string, unknown>> = {}): void {
  const answers: Readonly<Record<string, unknown>> = { ...ANSWERS, ...own };
  const beyond = globalThis.fetch.bind(globalThis);
  globalThis.fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input, location.href);
    if (!pathname.startsWith("/api/")) return beyond(input, init);
    const answer = answers[pathname] ?? null;
    const said = answer ?? { error: { code: "unavailable", message: "The gateway does not say." } };
    return Promise.resolve(Response.json(said, { status: answer === null ? 503 : 200 }));
  };
}
