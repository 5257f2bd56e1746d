import { describe, expect, it } from "vitest";
import { checkedAddresses, parseTarget } from "./fetch-target.ts";

const resolvesTo = (...addresses: string[]) => ({ resolve: async () => addresses });

describe("parseTarget (T22)", () => {
  it.each([
    ...[
      "http://0x7f000001/",
      "http://0x7f.1/",
      "http://127.1/",
      "http://2130706433/",
      "http://017700000001/",
      "http://0/",
    ],
    ...[
      "http://0177.0.0.1/",
      "http://127.0.0.1./",
      "http://127。0。0。1/",
      "http://１２７.0.0.1/",
      "http://%31%32%37.1/",
    ],
    ...[
      "http://[::ffff:127.0.0.1]/",
      "http://[::1]/",
      "http://[::]/",
      "http://[0:0:0:0:0:ffff:7f00:1]/",
      "http://[fe80::1]/",
    ],
    ...["http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://a.localhost/", "http://ⓛocalhost/"],
    ...[
      "http://169.254.169.254/latest/meta-data/",
      "http://10.0.0.1/",
      "http://192.168.1.1/",
      "http://[fd00:ec2::254]/",
    ],
  ])("%s does not lead to the public internet", (url) => {
    expect(() => parseTarget(url, {})).toThrow("does not lead to the public internet");
  });

  it.each([
    ["ftp://example.com/", "Only http and https"],
    ["file:///etc/passwd", "Only http and https"],
    ["javascript:alert(1)", "Only http and https"],
    ["data:text/plain,x", "Only http and https"],
    ["gopher://example.com/", "Only http and https"],
    ["http://user@example.com/", "user name or password"],
    ["http://user:secret@example.com/", "user name or password"],
    ["http://:secret@example.com/", "user name or password"],
    ["http://8.8.8.8@127.0.0.1/", "user name or password"],
    ["http://example.com:8080/", "Only ports 80 and 443"],
    ["https://example.com:22/", "Only ports 80 and 443"],
    ["http://example.com:0/", "Only ports 80 and 443"],
    ["example.com", "not a valid URL"],
    ["//example.com", "not a valid URL"],
    ["http://", "not a valid URL"],
    ["http://256.256.256.256/", "not a valid URL"],
    ["http://exa mple.com/", "not a valid URL"],
    [`http://example.com/${"x".repeat(2048)}`, "not a valid URL"],
  ])("%s is refused: %s", (url, why) => {
    expect(() => parseTarget(url, {})).toThrow(why);
  });

  it.each([
    ["HTTP://EXAMPLE.com", "http://example.com/"],
    ["https://example.com:443/a?b#c", "https://example.com/a?b"],
    ["http://example.com:443/", "http://example.com:443/"],
    ["http://example.com./a", "http://example.com/a"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/"],
    ["http://1.1/", "http://1.0.0.1/"],
    ["http://8.8.8.8/", "http://8.8.8.8/"],
    ["http://[2606:4700::1111]/", "http://[2606:4700::1111]/"],
    ["http://localhost.example.com/", "http://localhost.example.com/"],
  ])("%s is fetched as %s", (url, plain) => {
    expect(parseTarget(url, {}).href).toBe(plain);
  });
});

describe("parseTarget where only some hosts are listed (T22)", () => {
  const listed = { hosts: ["docs.example.com", "*.Example.org", "8.8.8.8"] };

  it.each(["https://docs.example.com/a", "https://DOCS.example.com./a", "https://a.b.example.org/", "http://8.8.8.8/"])(
    "%s is fetched",
    (url) => {
      expect(parseTarget(url, listed).protocol).toMatch(/^https?:$/);
    },
  );

  it.each([
    "https://example.com/",
    "https://docs.example.com.evil.example/",
    "https://evil.example/docs.example.com",
    "https://evil.example/?.example.org",
    "https://docs.example.com@evil.example/",
    "https://example.org/",
    "https://docsXexample.com/",
    "http://8.8.4.4/",
  ])("%s is refused", (url) => {
    expect(() => parseTarget(url, listed)).toThrow(/fetch_url\.hosts|user name/);
  });

  it("none is where none is listed, and what is not public is refused as ever", () => {
    expect(() => parseTarget("https://example.com/", { hosts: [] })).toThrow("example.com is not among the hosts");
    expect(() => parseTarget("http://127.0.0.1/", { hosts: ["*"] })).toThrow("public internet");
    expect(() => parseTarget("/elsewhere", listed, new URL("https://docs.example.com/"))).not.toThrow();
    expect(() => parseTarget("https://evil.example/", listed, new URL("https://docs.example.com/"))).toThrow("hosts");
  });
});

describe("checkedAddresses (T22)", () => {
  it("are all that a name leads to, where each is public", async () => {
    const url = new URL("http://example.com/");
    const both = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"];
    expect(await checkedAddresses(url, resolvesTo(...both))).toEqual(both);
    expect(await checkedAddresses(new URL("http://8.8.8.8/"), resolvesTo("10.0.0.1"))).toEqual(["8.8.8.8"]);
    expect(await checkedAddresses(new URL("http://[2606:4700::1111]/"), {})).toEqual(["2606:4700::1111"]);
  });

  it.each([[["10.0.0.1"]], [["8.8.8.8", "127.0.0.1"]], [["8.8.8.8", "::1"]], [["::ffff:8.8.8.8"]], [["what?"]]])(
    "are none where a name leads to %j, and it is not told where",
    async (addresses) => {
      const error: unknown = await checkedAddresses(new URL("http://inner.example/"), resolvesTo(...addresses)).catch(
        (thrown: unknown) => thrown,
      );
      expect(String(error)).toBe(
        "FetchRefused: inner.example does not lead to the public internet: it is not fetched.",
      );
    },
  );

  it("are none where a name leads nowhere", async () => {
    const url = new URL("http://none.example/");
    await expect(checkedAddresses(url, resolvesTo())).rejects.toThrow("no host none.example");
    await expect(checkedAddresses(url, { resolve: () => Promise.reject(new Error("ENOTFOUND")) })).rejects.toThrow(
      "no host none.example",
    );
  });
});
