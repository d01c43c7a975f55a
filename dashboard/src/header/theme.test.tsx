import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ThemeToggle } from "./ThemeToggle";
import { applyTheme, storedTheme } from "./theme";

function systemPrefers(scheme: "dark" | "light"): void {
  vi.stubGlobal("matchMedia", (query: string) => ({ matches: query.includes(scheme) }));
}

test("without a choice the system decides", () => {
  systemPrefers("dark");
  applyTheme(storedTheme());
  render(<ThemeToggle />);
  expect(screen.getByRole("button", { name: "Switch to light theme" })).toBeTruthy();
  expect(document.documentElement.dataset.theme).toBeUndefined();
});

test("a choice is shown and remembered", () => {
  systemPrefers("dark");
  render(<ThemeToggle />);
  fireEvent.click(screen.getByRole("button"));
  expect(document.documentElement.dataset.theme).toBe("light");
  expect(storedTheme()).toBe("light");
  expect(screen.getByRole("button", { name: "Switch to dark theme" })).toBeTruthy();
});

test("a browser that stores nothing can switch all the same", () => {
  systemPrefers("light");
  vi.stubGlobal("localStorage", {
    getItem: () => {
      throw new Error("refused");
    },
    setItem: () => {
      throw new Error("refused");
    },
    clear: () => undefined,
  });
  render(<ThemeToggle />);
  fireEvent.click(screen.getByRole("button"));
  expect(document.documentElement.dataset.theme).toBe("dark");
});
