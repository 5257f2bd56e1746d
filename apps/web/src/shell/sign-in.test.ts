import { DisconnectedError, RejectedError } from "@millrace/client";
import { describe, expect, it } from "vitest";
import { isSignedOut, isUnauthorized } from "./sign-in.ts";

describe("the way to the sign-in page", () => {
  it("opens where the gateway does not know who this is, and for no other reason", () => {
    const closed = [4101, 4102, 4006, 4103, 4104].map((code) => isSignedOut({ state: "closed", code, reason: "" }));
    expect(closed).toEqual([true, true, false, false, false]);
    expect(isSignedOut({ state: "connecting", attempt: 1 })).toBe(false);
  });

  it("opens after a 401, not after a loss or another refusal", () => {
    const errors = [
      new DisconnectedError("", { cause: { status: 401 } }),
      new DisconnectedError("", { cause: { status: 403 } }),
      new DisconnectedError(""),
      new RejectedError("forbidden", ""),
      null,
    ];
    expect(errors.map(isUnauthorized)).toEqual([true, false, false, false, false]);
  });
});
