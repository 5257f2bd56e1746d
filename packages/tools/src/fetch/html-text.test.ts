import { describe, expect, it } from "vitest";
import { htmlText, type PageText } from "./html-text.ts";

const textOf = (html: string, limit = 100_000): Promise<PageText> =>
  htmlText(html, { url: new URL("https://example.com/a/"), limit, cut: false, signal: new AbortController().signal });

describe("the text of a page", () => {
  it("has its title, headings, paragraphs, lists, links, tables and code", async () => {
    const page = await textOf(`<!doctype html><html><head><title> A &amp;
      B </title><style>p{}</style></head><body><nav><a href=/>Home</a></nav>
      <h1>One <em>two</em></h1><p>Some   <b>bold</b>text, and<br>a line &lt;here&gt;.</p>
      <ul><li>first<li><p>second</p><ol><li>inner</ol></ul>
      <p>See <a href="../b?x=1&y=2">there</a>, <a href="#x">here</a> or <a href="javascript:x()">nowhere</a>.</p>
      <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
      <pre>if (a) {
  b();
}</pre><img src=x alt="a cat"><script>alert("x")</script><footer>bye</footer></body></html>`);
    expect(page).toEqual({
      title: "A & B",
      cut: false,
      text: `# One two

Some boldtext, and
a line <here>.

- first
- second

  - inner

See there (https://example.com/b?x=1&y=2), here or nowhere.

a | b |
1 | 2 |

\`\`\`
if (a) {
  b();
}
\`\`\`

[image: a cat]`,
    });
  });

  it("leaves out what is hidden, and characters that nobody sees (T28)", async () => {
    const hidden = `<p hidden>a</p><p style="display : none">b</p><p aria-hidden=true>c</p><!-- d --><template>e</template>`;
    const page = await textOf(`<title>x\u202e</title>${hidden}f\u{e0041}\u202eg\u0007h<p hidden>i<b>j</p>k`);
    expect(page).toMatchObject({ title: "x", text: "fgh\n\nk" });
  });

  it("is cut where there is more than is wanted", async () => {
    const page = await textOf("<p>word</p>".repeat(1000), 100);
    expect(page.cut).toBe(true);
    expect(page.text.length).toBeLessThanOrEqual(100);
    const emoji = await textOf(`x${"😀".repeat(100)}`, 100);
    expect(emoji.text.isWellFormed()).toBe(true);
  });

  const MANY = 5 * 1024 * 1024;
  const hostile: readonly [string, string][] = [
    ...["<div>", "<svg>", "<b>a", "<ul><li>", "<table><tr><td>", "<blockquote>x", "<pre>", "<a href=x>y", "<p hidden>"],
    ...["</p>", "<", "&amp", "&", "<!--", "<a b=c ", "</x", "<li>", " ", "x", "<script>", "<title>", "<td></td>"],
  ].map((piece) => [piece, piece.repeat(MANY / piece.length)]);

  it.each([...hostile, ["<a b c…", `<a ${Array.from({ length: 600_000 }, (_, at) => `a${at}`).join(" ")}`] as const])(
    "of 5 MiB of %j is there in no time (T33)",
    async (_, html) => {
      const began = performance.now();
      const page = await textOf(html);
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(page.text.length).toBeLessThanOrEqual(100_000);
    },
    10_000,
  );

  it("lets other work go on, and ends when it is told to", async () => {
    const stop = new AbortController();
    const options = { url: new URL("https://example.com/"), limit: 100_000, cut: false, signal: stop.signal };
    const reading = htmlText(`<p hidden>${" ".repeat(MANY)}`, options);
    setImmediate(() => stop.abort());
    await expect(reading).rejects.toThrow("aborted");
  });
});
