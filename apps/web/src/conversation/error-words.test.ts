import { describe, expect, it } from "vitest";
import { conversation as english } from "../i18n/en/conversation.ts";
import { conversation as chinese } from "../i18n/zh-CN/conversation.ts";
import { errorWords } from "./error-words.ts";

const failed = (code: string, reason = "model_error", message = "their words") => errorWords({ code, reason, message });

/** Codes of a model's failure, as the agent gives them. */
const CODES = [
  "rate_limited",
  "model_timeout",
  "unauthorized",
  "payment_required",
  "forbidden",
  "unknown_model",
  "context_length",
  "bad_request",
  "connection_refused",
  "host_not_found",
  "tls_error",
  "connection_failed",
  "bad_upstream",
  "truncated",
  "empty_response",
  "response_too_large",
  "upstream_error",
];

describe("errorWords", () => {
  it("says of every code of a model's failure what happened, in both languages", () => {
    for (const code of CODES) {
      const { happened } = failed(code);
      expect(happened).toBe(code);
      for (const { error } of [english, chinese]) expect(error.happened[happened], code).toBeTruthy();
    }
  });

  it("leads to the settings where only they can help, and repeats what the endpoint said", () => {
    expect(failed("unauthorized", "model_error", "bad key")).toEqual({
      happened: "unauthorized",
      remedy: "settings",
      said: "bad key",
    });
    expect(failed("rate_limited").remedy).toBe("wait");
    expect(failed("context_length").remedy).toBe("shorten");
  });

  it("does not say the same twice", () => {
    expect(failed("connection_refused").said).toBeNull();
    expect(failed("max_steps_reached", "max_steps_reached")).toEqual({
      happened: "max_steps_reached",
      remedy: null,
      said: null,
    });
    expect(failed("unauthorized", "model_error", " ").said).toBeNull();
  });

  it("goes by the reason where there is no word for the code", () => {
    expect(failed("token_limit", "circuit_breaker").happened).toBe("circuit_breaker");
    expect(failed("recovery_exhausted", "interrupted").happened).toBe("recovery_exhausted");
    expect(failed("bad_item", "flow_error").happened).toBe("flow_error");
    expect(failed("strange").happened).toBe("model_error");
    expect(failed("internal", "interrupted").happened).toBe("other");
    expect(failed("strange", "strange").happened).toBe("other");
  });
});
