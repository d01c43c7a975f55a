import { fireEvent, render, screen, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { alert, message } from "../testing/samples";
import { AlertList } from "./AlertList";
import { MessageList } from "./MessageList";

const NOON = new Date("2026-03-12T12:00:00Z");

function Messages(props: { ids: string[]; erased?: string[]; skipped?: number }) {
  const { ids, erased = [], skipped = 0 } = props;
  const messages = ids.map((id) => message(id));
  return <MessageList messages={messages} erased={erased} reference={NOON} skipped={skipped} />;
}

const texts = () =>
  within(screen.getByTestId("list-messages"))
    .queryAllByText(/text of/)
    .map((element) => element.textContent);

describe("live messages", () => {
  test("an empty list says that it waits", () => {
    render(<Messages ids={[]} />);
    expect(screen.getByText("Waiting for the first message…")).toBeTruthy();
  });

  test("a message shows text, sentiment, emotion, product, city, platform and time", () => {
    render(<Messages ids={["m1"]} />);
    const item = screen.getByRole("listitem").textContent;
    for (const part of ["text of m1", "+0.42", "joy", "Tide", "Leeds", "twitter", "12:00:00"]) {
      expect(item).toContain(part);
    }
  });

  test("markup in a message is text", () => {
    const text = "<img src=x onerror=alert(1)>";
    render(
      <MessageList messages={[message("m1", { text })]} erased={[]} reference={NOON} skipped={0} />,
    );
    expect(screen.getByText(text)).toBeTruthy();
    expect(document.querySelector("img")).toBeNull();
  });

  test("a message in another language is marked as not scored", () => {
    const { analysis } = message("m1");
    const foreign = message("m1", {
      language: "es",
      analysis: { ...analysis, language_supported: false },
    });
    render(<MessageList messages={[foreign]} erased={[]} reference={NOON} skipped={0} />);
    expect(screen.getByText("not scored (es)")).toBeTruthy();
  });

  test("the list rests while hovered and catches up afterwards", () => {
    const { rerender } = render(<Messages ids={["m1"]} />);
    const region = screen.getByRole("region");
    fireEvent.pointerEnter(region, { pointerType: "mouse" });
    rerender(<Messages ids={["m3", "m2", "m1"]} />);
    expect(texts()).toEqual(["text of m1"]);
    expect(screen.getByText("2 newer")).toBeTruthy();
    fireEvent.pointerLeave(region);
    expect(texts()).toEqual(["text of m3", "text of m2", "text of m1"]);
  });

  test("a finger passing over does not stop the list", () => {
    const { rerender } = render(<Messages ids={["m1"]} />);
    fireEvent.pointerEnter(screen.getByRole("region"), { pointerType: "touch" });
    rerender(<Messages ids={["m2", "m1"]} />);
    expect(texts()).toHaveLength(2);
  });

  test("the pause button holds the list until resumed", () => {
    const { rerender } = render(<Messages ids={["m1"]} />);
    fireEvent.click(screen.getByRole("button", { name: "Pause" }));
    rerender(<Messages ids={["m2", "m1"]} />);
    expect(texts()).toEqual(["text of m1"]);
    fireEvent.click(screen.getByRole("button", { name: "Resume" }));
    expect(texts()).toHaveLength(2);
  });

  test("a message that was erased goes from a list that rests too", () => {
    const { rerender } = render(<Messages ids={["m2", "m1"]} />);
    fireEvent.click(screen.getByRole("button", { name: "Pause" }));
    rerender(<Messages ids={["m3", "m2"]} erased={["m1"]} />);
    expect(texts()).toEqual(["text of m2"]);
  });

  test("skipped updates are told", () => {
    render(<Messages ids={["m1"]} skipped={12} />);
    expect(screen.getByText(/skipped 12 updates/)).toBeTruthy();
  });
});

describe("churn alerts", () => {
  test("an alert shows its risk, its signals as chips, and marks them in the text", () => {
    render(<AlertList alerts={[alert("a1")]} erased={[]} reference={NOON} />);
    expect(screen.getByText("83%")).toBeTruthy();
    expect(screen.getByText("Cancelling my contract").tagName).toBe("MARK");
    const chips = screen.getByRole("list", { name: "Signals" });
    expect(within(chips).getByText("cancelling my contract")).toBeTruthy();
  });

  test("a dismissed alert is gone, and stays so when the list comes again", () => {
    const alerts = [alert("a1", { text: "first" }), alert("a2", { text: "second" })];
    const { unmount } = render(<AlertList alerts={alerts} erased={[]} reference={NOON} />);
    const [dismissFirst] = screen.getAllByRole("button", { name: "Dismiss alert" });
    if (dismissFirst === undefined) throw new Error("no button");
    fireEvent.click(dismissFirst);
    expect(screen.queryByText("first")).toBeNull();
    unmount();
    render(<AlertList alerts={alerts} erased={[]} reference={NOON} />);
    expect(screen.queryByText("first")).toBeNull();
    expect(screen.getByText("second")).toBeTruthy();
    expect(screen.getByText("1 open")).toBeTruthy();
  });
});
