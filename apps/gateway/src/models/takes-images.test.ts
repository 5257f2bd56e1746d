import { describe, expect, it } from "vitest";
import { takesImages } from "./takes-images.ts";

describe("whether a model takes images, by its name", () => {
  it.each([
    "gpt-4o",
    "gpt-4o-mini-2024-07-18",
    "openai/gpt-4.1-mini",
    "o4-mini",
    "claude-3-5-sonnet-latest",
    "claude-opus-4-1",
    "gemini-2.5-flash",
    "qwen-vl-max",
    "qwen2.5-vl-72b-instruct",
    "qwen2.5vl:7b",
    "llava:13b",
    "llama3.2-vision",
    "gemma3:4b",
    "glm-4.5v",
  ])("%s does", (name) => expect(takesImages(name)).toBe(true));

  it.each([
    "gpt-4",
    "gpt-3.5-turbo",
    "gpt-4o-audio-preview",
    "o3-mini",
    "deepseek-chat",
    "qwen-plus",
    "llama3.1",
    "scripted",
    "",
  ])("of %s nothing is known", (name) => expect(takesImages(name)).toBe(false));
});
