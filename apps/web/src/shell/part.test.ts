import { describe, expect, it, vi } from "vitest";

/** Parts know each other: every test has its own page. */
async function page() {
  vi.resetModules();
  return import("./part.ts");
}

/** What loads something, and can be told to fail. */
function source(state: "there" | "away") {
  const found = { state, asked: 0 };
  const load = async () => {
    found.asked += 1;
    if (found.state === "away") throw new TypeError("Failed to fetch dynamically imported module");
    return "loaded";
  };
  return { found, load };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe("a part of the page", () => {
  it("is not asked for before somebody wants it, and then once", async () => {
    const { part } = await page();
    const { found, load } = source("there");
    const own = part(load);
    await turn();
    expect(found.asked).toBe(0);
    expect(await own.whenLoaded()).toBe("loaded");
    expect(await own.whenLoaded()).toBe("loaded");
    expect([found.asked, own.get()]).toEqual([1, "loaded"]);
  });

  it("says that it could not be loaded while it is wanted, and comes when it is tried again", async () => {
    const { part, hasFailed, onFailed, loadFailed } = await page();
    const { found, load } = source("away");
    const said: boolean[] = [];
    onFailed(() => said.push(hasFailed()));
    const own = part(load);
    const come = vi.fn();
    own.want(come);
    await turn();
    expect(hasFailed()).toBe(true);
    loadFailed();
    expect(hasFailed()).toBe(false);
    await turn();
    expect(hasFailed()).toBe(true);
    found.state = "there";
    loadFailed();
    await turn();
    expect(come.mock.calls).toEqual([["loaded"]]);
    expect(hasFailed()).toBe(false);
    expect(said).toContain(true);
  });

  it("says nothing more once nobody wants it", async () => {
    const { part, hasFailed } = await page();
    const undo = part(source("away").load).want(vi.fn());
    await turn();
    expect(hasFailed()).toBe(true);
    undo();
    expect(hasFailed()).toBe(false);
  });

  it("is loaded ahead with those that come with it, silently where that fails, and again the next time", async () => {
    const { part, hasFailed, loadAhead } = await page();
    const inner = source("away");
    const outer = source("there");
    const own = part(async () => {
      await outer.load();
      return part(inner.load);
    });
    loadAhead();
    await turn();
    expect([outer.found.asked, inner.found.asked, hasFailed()]).toEqual([1, 1, false]);
    inner.found.state = "there";
    loadAhead();
    await turn();
    expect([outer.found.asked, inner.found.asked]).toEqual([1, 2]);
    expect(own.get()?.get()).toBe("loaded");
  });
});
