import { beforeEach, expect, test, vi } from "vitest";
import type { Frame } from "../contract";
import { FakeSocket } from "../testing/FakeSocket";
import { snapshot } from "../testing/samples";
import { type Connection, connect } from "./socket";

const INITIAL: Frame = { event: "metrics:initial", data: snapshot(), seq: 0 };

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  FakeSocket.install();
});

function start() {
  const connections: Connection[] = [];
  const frames: Frame[] = [];
  const socket = connect(
    "ws://gateway/ws",
    {
      onConnection: (connection) => connections.push(connection),
      onFrame: (frame) => frames.push(frame),
    },
    () => 1,
  );
  return { socket, connections, frames };
}

test("the connection is open with the first frame", () => {
  const { connections, frames } = start();
  expect(FakeSocket.newest.url).toBe("ws://gateway/ws");
  expect(connections).toEqual([{ kind: "connecting" }]);
  FakeSocket.newest.receive(INITIAL);
  expect(connections.at(-1)).toEqual({ kind: "open" });
  expect(frames).toEqual([INITIAL]);
});

test("what is no frame is passed over", () => {
  const { connections, frames } = start();
  FakeSocket.newest.receiveText("{");
  FakeSocket.newest.receiveText(new ArrayBuffer(1));
  expect(frames).toEqual([]);
  expect(connections.at(-1)).toEqual({ kind: "connecting" });
});

test("a lost connection comes back after its delay", () => {
  const { connections } = start();
  FakeSocket.newest.receive(INITIAL);
  FakeSocket.newest.drop();
  expect(connections.at(-1)).toEqual({ kind: "waiting", retryAt: 500 });
  vi.advanceTimersByTime(499);
  expect(FakeSocket.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all).toHaveLength(2);
  expect(connections.at(-1)).toEqual({ kind: "connecting" });
});

test("delays grow while no frame comes, and start over once one has", () => {
  const { connections } = start();
  const waits: number[] = [];
  for (const greeted of [false, false, false, true, false]) {
    if (greeted) FakeSocket.newest.receive(INITIAL);
    const before = Date.now();
    FakeSocket.newest.drop();
    const connection = connections.at(-1);
    if (connection?.kind === "waiting") waits.push(connection.retryAt - before);
    vi.runOnlyPendingTimers();
  }
  expect(waits).toEqual([500, 1000, 2000, 500, 1000]);
});

test("an attempt that never opens is given up", () => {
  const { connections } = start();
  vi.advanceTimersByTime(10_000);
  expect(FakeSocket.newest.closed).toBe(true);
  expect(connections.at(-1)).toEqual({ kind: "waiting", retryAt: 10_500 });
});

test("a quiet open connection is left alone", () => {
  start();
  FakeSocket.newest.receive(INITIAL);
  vi.advanceTimersByTime(3_600_000);
  expect(FakeSocket.all).toHaveLength(1);
});

test("retry does not wait, and does nothing while connected", () => {
  const { socket } = start();
  socket.retry();
  expect(FakeSocket.all).toHaveLength(1);
  FakeSocket.newest.drop();
  socket.retry();
  expect(FakeSocket.all).toHaveLength(2);
  vi.advanceTimersByTime(500);
  expect(FakeSocket.all).toHaveLength(2);
});

test("a closed socket stays closed and hears nothing more", () => {
  const { socket, frames } = start();
  socket.close();
  expect(FakeSocket.newest.closed).toBe(true);
  FakeSocket.newest.receive(INITIAL);
  FakeSocket.newest.drop();
  socket.retry();
  vi.runAllTimers();
  expect(FakeSocket.all).toHaveLength(1);
  expect(frames).toEqual([]);
});
