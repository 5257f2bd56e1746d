import { expect, it } from "vitest";
import { readLine } from "./slash.ts";

it.each([
  ["  ", { kind: "nothing" }],
  [" hello /there ", { kind: "message", content: "hello /there" }],
  ["//etc/hosts is what?", { kind: "message", content: "/etc/hosts is what?" }],
  ["/model", { kind: "model", name: null }],
  ["/model m-1", { kind: "model", name: "m-1" }],
  ["/sessions", { kind: "sessions", number: null }],
  ["/sessions 2", { kind: "sessions", number: 2 }],
  ["/sessions x", { kind: "wrong", why: "/sessions takes a number of its list" }],
  ["/export", { kind: "export", format: "md", file: null }],
  ["/export jsonl", { kind: "export", format: "jsonl", file: null }],
  ["/export my notes.jsonl", { kind: "export", format: "jsonl", file: "my notes.jsonl" }],
  ["/export md x.txt", { kind: "export", format: "md", file: "x.txt" }],
  ["/exit", { kind: "quit" }],
  ["/help", { kind: "help" }],
  ["/hepl", { kind: "wrong", why: "there is no /hepl; /help says what there is" }],
])("%s", (line, meant) => {
  expect(readLine(line)).toEqual(meant);
});
