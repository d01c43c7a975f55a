import { expect, test } from "vitest";
import { pieces } from "./signals";

const marked = (text: string, ...signals: string[]) =>
  pieces(text, signals)
    .map((piece) => (piece.isSignal ? `[${piece.text}]` : piece.text))
    .join("");

test("signals are set apart whatever their case", () => {
  expect(marked("Switching TODAY, switching for good", "switching")).toBe(
    "[Switching] TODAY, [switching] for good",
  );
});

test("the longest of overlapping signals wins", () => {
  expect(marked("cancel my plan", "cancel", "cancel my plan")).toBe("[cancel my plan]");
});

test("a signal is text and never a pattern", () => {
  expect(marked("costs (a lot) .* two-faced a/b", "(a lot)", ".*", "a-z", "two-faced", "a/b")).toBe(
    "costs [(a lot)] [.*] [two-faced] [a/b]",
  );
});

test("signals that are not in the text, or empty, mark nothing", () => {
  expect(marked("hello", "intent: leave", "", " ")).toBe("hello");
});

test("the pieces together are the text", () => {
  const text = "Leaving, leaving, left. Leaving";
  expect(
    pieces(text, ["leaving"])
      .map((piece) => piece.text)
      .join(""),
  ).toBe(text);
});
