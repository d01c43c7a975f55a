import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { Feed, rangeOf } from "./feed/feed";
import { applyTheme, storedTheme } from "./header/theme";
import "./styles/index.css";

applyTheme(storedTheme());
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App feed={new Feed(rangeOf(window.location.search))} />
  </StrictMode>,
);
