import { ProductChart } from "../charts/ProductChart";
import type { Metrics } from "../contract";
import { WAITING } from "./Panel";
import { RankedPanel } from "./RankedPanel";

const ROWS = 8;

/** Products by volume, with sentiment and messages at high churn risk. */
export function ProductsPanel({ metrics }: { metrics: Metrics | null }) {
  const products = metrics?.product ?? [];
  return (
    <RankedPanel
      name="products"
      title="Products"
      noun="product"
      plural="Products"
      aggregates={products}
      rows={ROWS}
      waiting={metrics?.overall ? null : WAITING}
      draw={(width) => <ProductChart products={products} rows={ROWS} width={width} />}
    />
  );
}
