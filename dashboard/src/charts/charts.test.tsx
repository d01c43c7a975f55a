import { describe, expect, test } from "vitest";
import { titled } from "../format";
import { draw } from "../testing/draw";
import { aggregate, unscored } from "../testing/samples";
import { bins } from "./bins";
import { EmotionChart } from "./EmotionChart";
import { emotionShares } from "./emotions";
import { GaugeChart } from "./GaugeChart";
import { GeographyChart } from "./GeographyChart";
import { ProductChart } from "./ProductChart";
import { ShareChart } from "./ShareChart";
import { TrendChart } from "./TrendChart";

const KEYS = [
  aggregate({ key: "Tide", message_count: 200, sentiment_avg: 0.4 }),
  aggregate({ key: "Harbour", message_count: 100, sentiment_avg: -0.2, high_churn_count: 3 }),
  unscored({ key: "Lagoon" }),
];
const WINDOWS = [
  aggregate({ sentiment_avg: 0.3 }, 0),
  aggregate({ sentiment_avg: -0.1, message_count: 20, high_churn_count: 2 }, 1),
  aggregate({ sentiment_avg: 0.1 }, 2),
  aggregate({ sentiment_avg: 0.2 }, 8),
];
const trend = bins(WINDOWS, 60, 60);

const CHARTS = {
  gauge: <GaugeChart value={0.34} newest={-0.1} />,
  geography: <GeographyChart cities={KEYS} rows={4} width={480} />,
  products: <ProductChart products={KEYS} rows={4} width={480} />,
  shares: <ShareChart noun="Channel" aggregates={KEYS} rows={4} width={480} nameOf={titled} />,
  emotions: <EmotionChart emotions={emotionShares(aggregate())} width={480} />,
  trend: <TrendChart bins={trend} width={600} selected={trend[1] ?? null} />,
};

describe("charts are drawn as before", () => {
  test.each(Object.entries(CHARTS))("%s", async (name, chart) => {
    await expect(draw(chart)).toMatchFileSnapshot(`snapshots/${name}.svg`);
  });
});

describe("nothing to draw", () => {
  test.each([
    ["gauge", <GaugeChart key="gauge" value={null} newest={null} />],
    ["geography", <GeographyChart key="geo" cities={[]} rows={4} width={480} />],
    ["products", <ProductChart key="products" products={[]} rows={4} width={480} />],
    ["emotions", <EmotionChart key="emotions" emotions={emotionShares(null)} width={480} />],
    ["trend", <TrendChart key="trend" bins={[]} width={600} selected={null} />],
    [
      "unscored",
      <TrendChart key="un" bins={bins([unscored()], 60, 9)} width={9} selected={null} />,
    ],
  ])("%s has no broken numbers", (_, chart) => {
    expect(draw(chart)).not.toMatch(/NaN|Infinity|undefined|="-\d+(\.\d+)?" height/);
  });
});

test("the gauge says in words what it shows", () => {
  expect(draw(<GaugeChart value={-0.34} newest={null} />)).toContain(
    'aria-label="Sentiment −0.34 on a scale from −1 to +1: negative. Newest window –."',
  );
});

test("a ranked chart keeps its height whatever it holds", () => {
  const height = (cities: typeof KEYS) =>
    /height="(\d+)"/.exec(draw(<GeographyChart cities={cities} rows={4} width={480} />))?.[1];
  expect(height([])).toBe(height([...KEYS, ...KEYS]));
});

test("emotions are all seven, ordered, ties by name", () => {
  const order = emotionShares(aggregate()).map(({ emotion }) => emotion);
  expect(order).toEqual(["joy", "neutral", "anger", "sadness", "disgust", "fear", "surprise"]);
});
