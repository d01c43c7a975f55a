import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds a running gateway. */
const GATEWAY = "http://127.0.0.1:8000";

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { target: "es2022" },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": GATEWAY, "/ws": { target: GATEWAY, ws: true } },
  },
});
