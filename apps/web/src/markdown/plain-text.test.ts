import { describe, expect, it } from "vitest";
import { plainText } from "./plain-text.ts";

describe("plainText", () => {
  it.each([
    ["# Title\n\nSome **bold** and `code`.\n", "Title\n\nSome bold and code."],
    ["- a\n- b\n  - c\n", "- a\n- b\n  - c"],
    ["3. c\n4. d", "3. c\n4. d"],
    ["- [x] done\n- [ ] open", "- [x] done\n- [ ] open"],
    ["| a | b |\n|---|---|\n| 1 | **2** |", "a\tb\n1\t2"],
    ["```ts\nlet a = 1;\n```\n\nafter", "let a = 1;\n\nafter"],
    ["> quoted\n> twice", "> quoted\n> twice"],
    ["[words](https://example.org/a) <https://example.org>", "words (https://example.org/a) https://example.org"],
    ["a &amp; b\r\n\r\nc", "a & b\n\nc"],
    ["so $x^2$ is, and $5 and $6 are not", "so x^2 is, and $5 and $6 are not"],
    ["words[^1]\n\n[^1]: the note", "words[1]\n\n[1] the note"],
    ["![cat](https://p.example/c.png)", "cat (https://p.example/c.png)"],
    ["<b>raw</b> &lt;", "<b>raw</b> <"],
    ["", ""],
  ])("%j", (markdown, text) => {
    expect(plainText(markdown)).toBe(text);
  });
});
