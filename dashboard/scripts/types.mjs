// Writes src/contract.d.ts from api.schema.json; with --check, fails when the two have drifted.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const SCHEMA = new URL("../api.schema.json", import.meta.url);
const TYPES = new URL("../src/contract.d.ts", import.meta.url);
const FRAMES = ["InitialFrame", "UpdateFrame", "MessageFrame", "AlertFrame", "DeletedFrame"];

/** TypeScript for the WebSocket frames and everything they carry. */
async function types() {
  const schema = JSON.parse(await readFile(SCHEMA, "utf8"));
  const missing = FRAMES.filter((name) => !(name in schema.$defs));
  if (missing.length > 0) {
    throw new Error(
      `api.schema.json has no ${missing.join(", ")}: run python -m gateway.documents`,
    );
  }
  const frame = {
    ...schema,
    title: "Frame",
    description: "What the gateway sends over its WebSocket.",
    oneOf: FRAMES.map((name) => ({ $ref: `#/$defs/${name}` })),
  };
  return compile(frame, "Frame", {
    additionalProperties: false,
    bannerComment: "// Generated from api.schema.json by `npm run types`: do not edit.",
    style: { printWidth: 100 },
  });
}

const wanted = await types();
if (process.argv.includes("--check")) {
  const found = await readFile(TYPES, "utf8").catch(() => "");
  if (found !== wanted) {
    console.error("src/contract.d.ts has drifted from api.schema.json: run `npm run types`.");
    process.exitCode = 1;
  }
} else {
  await writeFile(TYPES, wanted);
}
