import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, type MockInstance, vi } from "vitest";

let logged: MockInstance[] = [];

beforeEach(() => {
  logged = [vi.spyOn(console, "error"), vi.spyOn(console, "warn")];
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  sessionStorage.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  for (const log of logged) expect(log, "a test must log nothing").not.toHaveBeenCalled();
});
