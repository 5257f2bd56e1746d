import { describe, expect, it } from "vitest";
import { childEnv } from "./child-env.ts";

describe("childEnv", () => {
  it("T25: passes on what a program needs and what is configured, and nothing else", () => {
    const own = {
      PATH: "/bin",
      HOME: "/home/a",
      OPENAI_API_KEY: "sk-canary",
      NODE_OPTIONS: "--inspect",
      LANG: undefined,
    };
    expect(childEnv(own, { TOKEN: "t", PATH: "/opt" })).toEqual({ PATH: "/opt", HOME: "/home/a", TOKEN: "t" });
    expect(childEnv({ TERM: "() { :; }; echo" })).toEqual({});
  });
});
