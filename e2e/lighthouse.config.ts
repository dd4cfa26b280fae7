import { defineConfig } from "@playwright/test";
import common from "./playwright.config.ts";

// `cargo xtask lighthouse`: one page after the other, as two would share the processor.
export default defineConfig(common, { testDir: "lighthouse", workers: 1, timeout: 300_000 });
