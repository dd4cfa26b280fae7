import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";

const SHELL = "/usr/bin/chromium-headless-shell";

// `cargo xtask e2e` names the browser and the server; by hand, both have a place where they are looked for.
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: false,
  workers: 2,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000, toPass: { intervals: [50, 100, 100, 250] } },
  reporter: [["list"]],
  // What looks at every page takes longest. It comes first, and on servers that no other test has filled.
  projects: [{ grep: /axe finds nothing/ }, { grepInvert: /axe finds nothing/ }],
  use: {
    locale: "en-GB",
    timezoneId: "Europe/Lisbon",
    viewport: { width: 1280, height: 800 },
    // Its pictures would cost every test a fifth of its time.
    trace: { mode: "retain-on-failure", screenshots: false },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? (existsSync(SHELL) ? SHELL : "/usr/bin/chromium"),
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
    },
  },
});
