import { describe, expect, it } from "vitest";
import { dangersIn } from "./danger.ts";

const marked = (command: string) => dangersIn(command).map(({ from, to }) => command.slice(from, to));

describe("dangersIn", () => {
  it.each<[string, string[]]>([
    ["git clean -xfd && rm -rf ~/recordings", ["git clean -xfd", "rm -rf ~/recordings"]],
    ["cd /tmp; rm *.log | cat", ["rm *.log"]],
    ["ls | xargs rm -f", ["rm -f"]],
    ["ls | sudo xargs -0 -r -t rm -f", ["rm -f"]],
    ["sudo rm -r --no-preserve-root /", ["rm -r --no-preserve-root /"]],
    ["echo $(rm -rf x) done", ["rm -rf x"]],
    ["git push --force origin main", ["git push --force origin main"]],
    ["git -C sub reset --hard HEAD~3", ["git -C sub reset --hard HEAD~3"]],
    ["find . -name '*.o' -delete", ["find . -name '*.o' -delete"]],
    ["dd if=a of=/dev/sda", ["dd if=a of=/dev/sda"]],
    ["echo x > /dev/sda", ["> /dev/sda"]],
    ['psql -c "DROP TABLE users"', ["DROP TABLE users"]],
    ["if true; then\n  rm -rf build\nfi", ["rm -rf build"]],
  ])("marks in %j", (command, parts) => {
    expect(marked(command)).toEqual(parts);
  });

  it.each([
    "rm one.txt",
    "npm run farm -f",
    "echo harm -rf",
    "git push origin main",
    "git checkout main",
    "git status && ls -f",
    "grep -rf patterns .",
    "find . -name x",
    "cat a > /dev/null",
    "",
  ])("marks nothing in %j", (command) => {
    expect(marked(command)).toEqual([]);
  });

  it("takes a long hostile text in no time", () => {
    const started = performance.now();
    dangersIn("git -c ".repeat(100_000));
    dangersIn("rm ".repeat(100_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it("takes many flags that follow nothing in no time", () => {
    const started = performance.now();
    for (const flags of ["-a ", "sudo -a ", "- "]) dangersIn(flags.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(100);
  });
});
