import { expect, test } from "vitest";
import { metrics } from "../testing/samples";
import { parseFrame } from "./frames";

test("a known frame is read as it is", () => {
  const frame = { event: "metrics:update", data: metrics(), seq: 3 };
  expect(parseFrame(JSON.stringify(frame))).toEqual(frame);
});

test.each([
  ["not JSON", "{"],
  ["not an object", "3"],
  ["null", "null"],
  ["an unknown event", '{"event":"weather:new","data":{},"seq":1}'],
  ["no data", '{"event":"message:new","seq":1}'],
  ["null data", '{"event":"message:new","data":null,"seq":1}'],
  ["no sequence number", '{"event":"message:new","data":{}}'],
])("%s is no frame", (_, text) => {
  expect(parseFrame(text)).toBeNull();
});
