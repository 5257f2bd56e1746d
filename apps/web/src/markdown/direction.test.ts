import { describe, expect, it } from "vitest";
import { directionOf } from "./direction.ts";

describe("directionOf", () => {
  it("is that of the first letter", () => {
    expect(directionOf("**مرحبا** world")).toBe("rtl");
    expect(directionOf("שלום")).toBe("rtl");
    expect(directionOf("Hello مرحبا")).toBe("ltr");
    expect(directionOf("你好")).toBe("ltr");
    expect(directionOf("1. – 42 %")).toBeUndefined();
  });

  it("does not count code, formulas and boxes to tick", () => {
    expect(directionOf("`npm install` ثم شغّل")).toBe("rtl");
    expect(directionOf("``a ` b`` ثم")).toBe("ltr");
    expect(directionOf("`npm inst")).toBeUndefined();
    expect(directionOf("- [x] تم")).toBe("rtl");
    expect(directionOf("$x^2$ معادلة")).toBe("rtl");
  });
});
