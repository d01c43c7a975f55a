import { expect, test } from "vitest";
import { fitText } from "./text";

test("what fits is left alone", () => {
  expect(fitText("London", 80, 13)).toBe("London");
});

test("what does not fit ends in an ellipsis", () => {
  expect(fitText("Llanfairpwllgwyngyll", 80, 13)).toBe("Llanfairp…");
});

test("wide characters take more room", () => {
  expect(fitText("東京都千代田区", 48, 13)).toBe("東京都…");
});

test("a character made of several is not cut apart", () => {
  expect(fitText("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 30, 13)).toBe("👩‍👩‍👧‍👦…");
});
